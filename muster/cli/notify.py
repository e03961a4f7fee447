"""`muster notify`: try who is told about drills."""

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass

import click

from common.clock import SystemClock
from muster.cli.context import CommandContext
from muster.cli.options import json_option
from muster.errors import InvalidUsage

PATIENCE_S = 15.0
"""For every attempt at each destination; a drill's end waits less."""
EXIT_NOT_DELIVERED = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    destination: str
    loss: str
    """Empty: the notice was taken."""


@click.command()
@json_option
@click.pass_obj
def notify(context: CommandContext, as_json: bool) -> int:
    """Send a test notice to all who are told about drills: webhooks, OpenTelemetry, CloudWatch.

    Ends with 0 when all have taken it, with 1 when not, and with 2 when nobody is to be told.
    """
    outcomes = _send_test_notice(context)
    if not outcomes:
        raise InvalidUsage(
            "nobody is told about drills: no setting names a destination, such as MUSTER_WEBHOOKS;"
            " docs/drills/notifications.md has them"
        )
    if as_json:
        found = [dataclasses.asdict(outcome) for outcome in outcomes]
        click.echo(json.dumps({"destinations": found}, indent=2))
    else:
        _print_outcomes(outcomes)
    return EXIT_NOT_DELIVERED if any(outcome.loss for outcome in outcomes) else 0


def _send_test_notice(context: CommandContext) -> list[_Outcome]:
    from muster.drill.notify.destinations import make_destinations  # noqa: PLC0415 - boto3
    from muster.drill.notify.fan_out import close_outboxes  # noqa: PLC0415
    from muster.drill.notify.notices import make_test_notice  # noqa: PLC0415
    from muster.drill.notify.outbox import Outbox  # noqa: PLC0415

    deployment = context.open_deployment()
    clock = SystemClock()  # of threads
    outboxes = [Outbox(one, clock.wait) for one in make_destinations(deployment)]
    notice = make_test_notice(
        target=deployment.location.description,
        by=deployment.settings.by,
        at=deployment.clock.now(),
    )
    for outbox in outboxes:
        outbox.put(notice)
    close_outboxes(outboxes, clock.monotonic, PATIENCE_S)
    return [_Outcome(destination=one.name, loss=one.describe_loss()) for one in outboxes]


def _print_outcomes(outcomes: Sequence[_Outcome]) -> None:
    for outcome in outcomes:
        click.echo(f"! {outcome.loss}" if outcome.loss else f"{outcome.destination}: delivered")
