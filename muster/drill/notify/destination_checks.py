"""What can be said of the destinations of notices without sending anything."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from muster.config import MusterSettings
from muster.drill.notify.otlp import is_installed
from muster.drill.notify.telemetry_settings import PACKAGES, read_telemetry_settings
from muster.webhook_address import WebhookAddress


@dataclass(frozen=True, slots=True, kw_only=True)
class DestinationCheck:
    """One destination."""

    name: str
    """As a person reads it; shows no secret."""
    problem: str = ""
    """Empty: none is known."""
    todo: str = ""


def check_destinations(
    settings: MusterSettings, environ: Mapping[str, str]
) -> tuple[DestinationCheck, ...]:
    """All who are told about drills, by the settings and the process's environment."""
    cloudwatch = [DestinationCheck(name="CloudWatch")] if settings.cloudwatch else []
    webhooks = _check_webhooks(settings.webhooks, environ)
    return (*webhooks, *cloudwatch, *_check_telemetry(environ))


def name_webhooks(webhooks: Sequence[WebhookAddress]) -> list[str]:
    """Their names for a person."""
    return [f"webhook {number} ({one.place})" for number, one in enumerate(webhooks, 1)]


def _check_webhooks(
    webhooks: Sequence[WebhookAddress], environ: Mapping[str, str]
) -> Iterator[DestinationCheck]:
    for name, address in zip(name_webhooks(webhooks), webhooks, strict=True):
        variable = address.variable
        if variable and not environ.get(variable):
            yield DestinationCheck(
                name=name,
                problem=f"variable {variable}, with the value of its header, is not set",
                todo=f"set {variable}, or take the header out of the setting webhooks",
            )
        else:
            yield DestinationCheck(name=name)


def _check_telemetry(environ: Mapping[str, str]) -> Iterator[DestinationCheck]:
    telemetry = read_telemetry_settings(environ)
    if telemetry is None:
        return
    missing = [one for one in telemetry.exporters.items() if not is_installed(*one)]
    problem = telemetry.problem or (f"no exporter: install {PACKAGES}" if missing else "")
    yield DestinationCheck(
        name=f"OpenTelemetry ({telemetry.place})",
        problem=problem,
        todo="see docs/drills/notifications.md" if problem else "",
    )
