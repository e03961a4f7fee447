"""What is unusual in a SystemView, as warnings for a person. Pure."""

from collections.abc import Iterator

from common.aws import GLOBAL_ACCELERATOR_REGION, US_EAST_1
from muster.formatting import format_duration
from muster.levers import describe_active_fault
from muster.model import RegionView, Stack, SystemView

REFRESH_OUTPUTS = (
    "Write them anew: `make up` does on the twin, elsewhere `pulumi stack output --json > FILE`, or"
    " any command with --stack"
)
LONG_LAG_S = 30.0
"""Replication usually takes about a second."""


def list_warnings(stack: Stack, view: SystemView, now: float) -> list[str]:
    """One line for each unusual thing. `now` in seconds since 1970."""
    faults = view.faults or ()
    warnings = [
        *_outputs(stack, view),
        *_accelerator(view),
        *_dns_door(stack, view),
        *(describe_active_fault(fault, now) for fault in faults),
    ]
    throttled = {fault.region for fault in faults if fault.kind == "throttle"}
    for region in view.regions.values():
        warnings += _region(region, throttled=region.region in throttled)
    warnings += [*_whole_system(view), *_alarms(view)]
    if stack.regions.keys() != view.regions.keys():
        warnings.append("the view and the stack do not name the same Regions")
    return warnings


def connection_shares(view: SystemView) -> dict[str, float] | None:
    """Region -> its share (0 to 1) of new connections; None if a Region's are not known."""
    rates = {name: region.new_connections_per_s for name, region in view.regions.items()}
    known = {name: rate for name, rate in rates.items() if rate is not None}
    whole = sum(known.values())
    if len(known) < len(rates) or not whole:
        return None
    return {name: rate / whole for name, rate in known.items()}


def takes_traffic(region: RegionView) -> bool:
    """True if it is known to be healthy, with a dial above 0: it takes the accelerator's."""
    return region.endpoint == "HEALTHY" and region.target == "healthy" and bool(region.dial)


def _outputs(stack: Stack, view: SystemView) -> Iterator[str]:
    if stack.notice:
        yield stack.notice
    if view.outdated:
        yield (
            f"the outputs ({stack.source}) are not those of the newest deployment:"
            f" {'; '.join(view.outdated)}. {REFRESH_OUTPUTS}"
        )


def _accelerator(view: SystemView) -> Iterator[str]:
    if "accelerator" not in view.doors:
        return
    if view.accelerator_status is None:
        yield (
            f"Global Accelerator's API ({GLOBAL_ACCELERATOR_REGION} only) can't be reached: no"
            " dial can be turned; health switches work without it"
        )
    if view.accelerator_status == "IN_PROGRESS":
        yield "a change of the accelerator is under way (IN_PROGRESS)"
    if view.accelerator_enabled is False:
        yield "the accelerator is disabled: it takes no traffic"


def _dns_door(stack: Stack, view: SystemView) -> Iterator[str]:
    if stack.dns is None:
        return
    if view.dns is None:
        yield (
            f"Route 53's API ({US_EAST_1} only) can't be reached: no record or health check can be"
            " changed; health switches work without it"
        )
        return
    for record in view.dns.values():
        if record.inverted:
            yield f"{record.region}: its health check in Route 53 is inverted"
        if record.healthy is False and not record.inverted:
            why = f" ({record.failure})" if record.failure else ""
            yield (
                f"{record.region}: Route 53 sees it as unhealthy, by"
                f" {record.healthy_checkers} of {record.checkers} checkers healthy{why}"
            )
        if record.region in view.emptied_by_weight:
            yield f"{record.region}: the weight of its record is 0"
    states = [record.healthy for record in view.dns.values()]
    if not any(state is not False for state in states):
        yield "no record is healthy: Route 53 answers as if all were"


def _region(region: RegionView, *, throttled: bool) -> Iterator[str]:
    name = region.region
    if region.dial is not None and region.dial != region.declared_dial:
        yield (
            f"{name}: the dial is at {region.dial:g} %, not at the declared"
            f" {region.declared_dial:g} %; `pulumi up` without --refresh can put it back"
        )
    if region.switch and region.switch.status != "auto":
        why = f" ({region.switch.why})" if region.switch.why else ""
        end = "" if region.switch.until_epoch_s else ", without an end"
        by = region.switch.by or "somebody"
        yield f"{name}: health switch at {region.switch.status}, set by {by}{why}{end}"
    if region.endpoint not in (None, "HEALTHY"):
        yield f"{name}: the accelerator sees its load balancer as {region.endpoint}"
    if region.target not in (None, "healthy"):
        yield f"{name}: its load balancer sees the function as {region.target}"
    yield from _lags(region)
    if region.concurrency_limit == 0 and not throttled:
        yield f"{name}: its function may not run (reserved concurrency 0)"


def _lags(region: RegionView) -> Iterator[str]:
    slow = {to: lag for to, lag in region.lags_s.items() if lag is not None and lag > LONG_LAG_S}
    mute = [to for to, lag in region.lags_s.items() if lag is None]
    for to, lag in slow.items():
        yield (
            f"{region.region}: some of its writes of the last two minutes reached {to} only after"
            f" {format_duration(lag)}"
        )
    if mute:
        yield (
            f"{region.region}: no sign that its writes reach {', '.join(mute)},"
            " though they reach other Regions"
        )


def _whole_system(view: SystemView) -> Iterator[str]:
    dials = [region.dial for region in view.regions.values()]
    if dials and not any(dial is None or dial > 0 for dial in dials):
        yield "all dials are 0: AWS does not say where traffic goes"
    taking = [region.region for region in view.regions.values() if takes_traffic(region)]
    states = [region.endpoint for region in view.regions.values()]
    if None not in states and len(view.regions) > 1:
        if not any(state == "HEALTHY" for state in states):
            yield "no Region is healthy: the accelerator sends traffic anywhere"
        elif len(taking) == 1:
            yield f"{taking[0]} is the last Region that takes traffic"


def _alarms(view: SystemView) -> Iterator[str]:
    for name, state in view.alarms.items():
        if state == "ALARM":
            yield f"alarm {name} is in ALARM"
