"""Sum a plan up for its reader: rough durations, the rollback in words, and notes.

Builds text only; executes nothing.
"""

from collections.abc import Iterable, Iterator, Mapping

from common.aws import GLOBAL_ACCELERATOR_REGION, US_EAST_1
from muster.drill.guards.region_health import DEGRADING_FAULTS, active_faults_at, region_degraded_by
from muster.drill.plan.changes import DrillChanges, collect_changes
from muster.drill.plan.instructions import (
    AwaitApproval,
    ClearFault,
    DrainWrites,
    DrillAction,
    ExpectMeasure,
    InjectFault,
    Instruction,
    Pause,
    SetDial,
    SetInverted,
    SetSwitch,
    SetWeight,
)
from muster.drill.plan.model import PlannedStep
from muster.formatting import format_dial
from muster.levers import describe_fault, scope_of_fault
from muster.model import DnsOutputs, Stack, SystemView

# Rough figures for a person who plans; nothing is decided by them. AWS documents only the recovery.
ABOUT_S: Mapping[type, float] = {
    SetDial: 5.0,
    SetSwitch: 30.0,
    SetWeight: 30.0,
    SetInverted: 2.0,
    InjectFault: 5.0,
    ClearFault: 5.0,
    AwaitApproval: 60.0,
    ExpectMeasure: 10.0,
}
DETECTION_S = 20.0
"""Until others answer a lost Region's clients: health checks must fail first. AWS has no figure."""
RECOVERY_S = 35.0
"""Until clients are sent to a Region that works again: its target must pass health checks, and then
"in about 30 seconds or so":
https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoints-endpoint-weights.unhealthy-endpoints.html
"""
LAG_S = 1.0


def estimate_s(
    instruction: Instruction, lags_s: Mapping[str, float], after: DrillAction | None = None
) -> float:
    """Rough duration of an instruction.

    `lags_s`: known replication lags by Region. `after`: the action before it, whose effect a
    measure waits for.
    """
    match instruction:
        case Pause(seconds=seconds):
            return seconds
        case DrainWrites(region=region, factor=factor, clients_s=clients_s):
            return max(clients_s, factor * lags_s.get(region, LAG_S))
        case ExpectMeasure(measure="error-rate") if isinstance(after, InjectFault):
            is_lost = after.fault.kind in DEGRADING_FAULTS
            return DETECTION_S if is_lost else ABOUT_S[ExpectMeasure]
        case ExpectMeasure(measure="healthy", low=low) if low and after is not None:
            return RECOVERY_S
        case _:
            return ABOUT_S[type(instruction)]


def known_lags(view: SystemView) -> dict[str, float]:
    """Known replication lags in seconds by Region."""
    lags = {name: region.replication_lag_s for name, region in view.regions.items()}
    return {name: lag_s for name, lag_s in lags.items() if lag_s is not None}


def describe_rollback(steps: Iterable[PlannedStep], view: SystemView) -> Iterator[str]:
    """What a rollback would put back, in its order."""
    steps = tuple(steps)
    changes = collect_changes(step.do for step in steps)
    for fault in changes.faults:
        active = active_faults_at(view, scope_of_fault(fault))
        if active:
            yield f"the fault {describe_fault(active[0])}, as it is found"
        else:
            yield f"end the fault {describe_fault(fault)}"
    injected = {scope_of_fault(fault) for fault in changes.faults}
    for scope in dict.fromkeys(scope_of_fault(fault) for fault in changes.cleared):
        if scope not in injected:
            for found in active_faults_at(view, scope) or ():
                yield f"the fault {describe_fault(found)}, as it is found"
    yield from _describe_settings(changes, view, _lowest_dials(steps))


def _lowest_dials(steps: Iterable[PlannedStep]) -> Mapping[str, float]:
    lowest: dict[str, float] = {}
    for step in steps:
        if isinstance(step.do, SetDial):
            before = lowest.get(step.do.region, step.do.percent)
            lowest[step.do.region] = min(before, step.do.percent)
    return lowest


def _describe_settings(
    changes: DrillChanges, view: SystemView, lowest_dials: Mapping[str, float]
) -> Iterator[str]:
    for region in changes.switches:
        seen = view.regions.get(region)
        status = str(seen.switch.status) if seen and seen.switch else "what is found"
        yield f"health switch of {region} to {status}"
    records = view.dns or {}
    states = {True: "on", False: "off", None: "as it is found"}
    for region in changes.inversions:
        inverted = records[region].inverted if region in records else None
        yield f"inversion of {region}'s health check {states[inverted]}"
    for region in changes.weights:
        weight = records[region].weight if region in records else None
        yield f"weight of {region} to {'what is found' if weight is None else weight}"
    for region in changes.dials:
        seen = view.regions.get(region)
        found = seen.dial if seen else None
        goal = "what is found" if found is None else format_dial(found)
        # A dial goes down at once.
        is_turned_up = found is None or lowest_dials.get(region, 0.0) < found
        yield f"dial of {region} to {goal}{', once it is healthy' if is_turned_up else ''}"


def plan_notes(
    steps: Iterable[PlannedStep], stack: Stack, view: SystemView, forced: Iterable[str]
) -> Iterator[str]:
    """What the operator should know before the drill."""
    steps = tuple(steps)
    if stack.dns is not None:
        yield from _dns_notes(stack.dns, steps, view)
    yield from _dial_notes(steps, view)
    asking = [step.id for step in steps if isinstance(step.do, AwaitApproval)]
    if asking:
        yield (
            f"{', '.join(asking)} waits for somebody's approval: `muster drill approve` in another"
            " terminal gives it"
        )
    injections = (step.do for step in steps if isinstance(step.do, InjectFault))
    degraded = {region for do in injections if (region := region_degraded_by(do, view)) is not None}
    if degraded:
        yield f"users of {', '.join(sorted(degraded))} will see errors"
    for fault in view.faults or ():
        yield (
            f"{describe_fault(fault)} is active, and is not this drill's: it affects what is"
            " measured"
        )
    if view.faults is None or view.faults_unread:
        scopes = ", ".join(view.faults_unread) or "the whole system"
        yield f"active faults can't be read: {scopes}"
    for name in forced:
        yield f"guard {name} is overridden (--force): its findings are kept in the journal"


def _dial_notes(steps: Iterable[PlannedStep], view: SystemView) -> Iterator[str]:
    turned = {step.do.region for step in steps if isinstance(step.do, SetDial)}
    if GLOBAL_ACCELERATOR_REGION in turned:
        yield (
            f"dials are turned through an API that lives in {GLOBAL_ACCELERATOR_REGION}: in a real"
            " outage of that Region it may not answer; then use evacuate-by-health"
        )
    if turned and view.accelerator_status is None:
        yield "the accelerator's API does not answer now, so no dial can be turned; use the switch"
    if turned:
        yield "while dials are turned, use pulumi up --refresh, or the update may put them back"


def _dns_notes(dns: DnsOutputs, steps: Iterable[PlannedStep], view: SystemView) -> Iterator[str]:
    """Who of the DNS door moves when, and who never does."""
    changed = [step.do for step in steps if isinstance(step.do, SetWeight | SetInverted)]
    if any(do.region == US_EAST_1 for do in changed):
        yield (
            f"records and health checks are changed through an API that lives in {US_EAST_1}: in a"
            " real outage of that Region it may not answer; then use evacuate-by-health"
        )
    if changed and view.dns is None:
        yield "Route 53's API does not answer now, so nothing of it can be changed; use the switch"
    dials = any(isinstance(step.do, SetDial) for step in steps)
    switches = any(isinstance(step.do, SetSwitch | InjectFault) for step in steps)
    if dials and not (changed or switches):
        yield f"dials move the accelerator's users only; those of {dns.domain} stay where they are"
    if changed and not (dials or switches):
        yield "weights and inverted checks move users of DNS only; the accelerator's stay"
    if changed or switches:
        yield (
            "of the DNS door, clients that never ask again (some JVMs) never move, and pooled"
            " connections stay until they end (API Gateway ends idle ones after 310 s)"
        )
