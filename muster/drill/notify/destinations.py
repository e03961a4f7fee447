"""The destinations of a deployment's notices, by its settings and the process's environment."""

from muster.deployment import Deployment
from muster.drill.notify.cloudwatch import CloudWatchMetrics
from muster.drill.notify.destination_checks import name_webhooks
from muster.drill.notify.outbox import Destination
from muster.drill.notify.webhook import Webhook


def make_destinations(deployment: Deployment) -> list[Destination]:
    """Calls nothing, and reads no file."""
    webhooks = deployment.settings.webhooks
    found: list[Destination] = [
        Webhook(name, address, deployment.environ)
        for name, address in zip(name_webhooks(webhooks), webhooks, strict=True)
    ]
    if deployment.settings.cloudwatch:
        found.append(CloudWatchMetrics(deployment.clients, deployment.stack.home_region))
    return found
