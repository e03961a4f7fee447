"""The destinations of a deployment's notices, by its settings and the process's environment."""

from collections.abc import Callable, Sequence

from muster.deployment import Deployment
from muster.drill.journal.events import JournalLine
from muster.drill.notify.cloudwatch import CloudWatchMetrics
from muster.drill.notify.destination_checks import name_webhooks
from muster.drill.notify.otlp import OpenTelemetryExport
from muster.drill.notify.outbox import Destination
from muster.drill.notify.telemetry_settings import read_telemetry_settings
from muster.drill.notify.webhook import Webhook

ReadJournal = Callable[[], Sequence[JournalLine]]
"""Every line of the run's journal. Raises MusterError."""


def make_destinations(
    deployment: Deployment, read_journal: ReadJournal = tuple
) -> list[Destination]:
    """Calls nothing, and reads no file. Without a run there is no journal."""
    webhooks = deployment.settings.webhooks
    found: list[Destination] = [
        Webhook(name, address, deployment.environ)
        for name, address in zip(name_webhooks(webhooks), webhooks, strict=True)
    ]
    if deployment.settings.cloudwatch:
        found.append(CloudWatchMetrics(deployment.clients, deployment.stack.home_region))
    telemetry = read_telemetry_settings(deployment.environ)
    if telemetry is not None:
        found.append(OpenTelemetryExport(telemetry, read_journal))
    return found
