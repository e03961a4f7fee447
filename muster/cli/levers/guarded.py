"""What every change by hand goes through: announced, judged by guards, confirmed, recorded.

Decides the order. Guards judge by a view that is read for them, after the lever's own API has
answered: where it is silent there is nothing to change, and a line says what else is safe.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from muster.cli.context import CommandContext, announce_change, confirm_change, print_note
from muster.cli.lease_holder import note_drill, read_drill
from muster.cli.options import Consent
from muster.deployment import Deployment
from muster.drill.guards.context import OWN_LEASE, GuardVerdict
from muster.drill.plan.instructions import (
    DrillAction,
    SetDial,
    SetInverted,
    SetWeight,
    describe_instruction,
)
from muster.drill.view.format_text import format_findings
from muster.errors import (
    AcceleratorUnreachable,
    GuardsRefused,
    MusterError,
    Route53Unreachable,
)
from muster.hand.evidence import read_answering, regions_to_ask
from muster.hand.guards import format_objections, hand_context, judge_change
from muster.hand.other_way import describe_other_way, switch_instead
from muster.hand.record import HandChange, HandRecord
from muster.levers.stack_levers import RetryingLevers


@asynccontextmanager
async def guarded_change(
    context: CommandContext, deployment: Deployment, do: DrillAction, consent: Consent
) -> AsyncIterator[tuple[GuardVerdict, ...]]:
    """Make the change in the block, which is given the guards' verdicts.

    Raises AccountError, GuardsRefused, NotConfirmed, and what says that the lever can't be used.
    """
    words = describe_instruction(do)
    await announce_change(deployment, words)
    levers = deployment.levers(notify=print_note)
    try:
        await _require_lever(levers, do)
    except (AcceleratorUnreachable, Route53Unreachable):
        if switch := switch_instead(do):
            verdicts = await _judge(deployment, levers, switch)
            print_note(describe_other_way(switch, verdicts))
        raise
    verdicts = await _judge(deployment, levers, do, consent.forced)
    _refuse_objections(verdicts)
    confirm_change(context, deployment, yes=consent.yes)
    began, outcome = deployment.clock.now(), "interrupted"
    try:
        yield verdicts
        outcome = "done"
    except MusterError as exc:
        outcome = str(exc)
        raise
    finally:
        change = HandChange(
            at=began,
            by=deployment.settings.by,
            host=socket.gethostname(),
            do=do,
            words=words,
            forced=tuple(verdict for verdict in verdicts if verdict.forced),
            outcome=outcome,
            ended_at=deployment.clock.now(),
        )
        record = HandRecord(
            deployment.settings.runs, deployment.clients, deployment.stack, print_note
        )
        await record.write(change)


async def _require_lever(levers: RetryingLevers, do: DrillAction) -> None:
    match do:
        case SetDial():
            await levers.require_dial()
        case SetWeight():
            await levers.require_weight()
        case SetInverted():
            await levers.require_inversion()
        case _:
            pass  # switches and faults need no API that is in one Region alone


async def _judge(
    deployment: Deployment, levers: RetryingLevers, do: DrillAction, forced: Sequence[str] = ()
) -> tuple[GuardVerdict, ...]:
    """What the guards say by the system as it is now."""
    drill, view = await asyncio.gather(read_drill(deployment), deployment.telemetry().view())
    note_drill(drill)
    answering = await read_answering(regions_to_ask(do, view), levers.health.invoke)
    return judge_change(
        hand_context(
            do,
            view,
            deployment.settings.limits,
            drill if drill.state == "held" else OWN_LEASE,
            answering=answering,
            now=deployment.clock.now(),
        ),
        forced,
    )


def _refuse_objections(verdicts: Sequence[GuardVerdict]) -> None:
    """Print what is overridden. Raises GuardsRefused: then nothing is."""
    if refused := format_objections(verdicts):
        raise GuardsRefused(refused)
    for line in format_findings(verdict for verdict in verdicts if verdict.forced):
        print_note(line)
