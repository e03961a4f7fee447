"""Warnings of `twin status`: what is wrong or unusual about a twin, and which command repairs it.

Pure.
"""

from collections.abc import Iterator

from common.aws import GLOBAL_ACCELERATOR_REGION, US_EAST_1
from common.command.wording import count_of
from twin.cli.status_report import ProcessReport, RegionReport, StatusReport
from twin.faults.store import FaultReport
from twin.internal_api.schemas import (
    AcceleratorListenerStatus,
    AcceleratorStatus,
    EndpointState,
    RegionStatus,
)
from twin.runtime.roles import CITIES, CONTROL, EDGE, GATEWAY, ROUTE53, ProcessState, region_of

NOTABLE_LAG_S = 10.0
"""A replication lag above this is a warning."""

_CONSEQUENCES = {
    GATEWAY: "no AWS call is answered",
    CONTROL: "AWS calls that change or list resources fail; traffic and health failover go on",
    EDGE: "nothing answers at the static addresses",
    ROUTE53: "no name is answered, and no health check made",
    CITIES: "no client stands in a city: no resolver or SOCKS entrance answers",
}
_REPAIR_COMMANDS = {
    "replication-pause": "replication resume",
    "network-cut": "network heal",
    "network-slow": "network heal",
}
_FAULT_EFFECTS = {
    "network-cut": "nothing passes between it and the rest",
    "network-slow": "all that passes is late",
}


def list_warnings(report: StatusReport) -> tuple[str, ...]:
    """All warnings, the gravest first."""
    if not report.running:
        return ("nothing runs; `twin up` (or `make up`) starts it",)
    return (
        *_process_warnings(report),
        *_fault_warnings(report),
        *_accelerator_warnings(report),
        *_region_warnings(report),
        *_health_check_warnings(report),
        *_city_warnings(report),
        *_damage_warnings(report),
    )


def _health_check_warnings(report: StatusReport) -> Iterator[str]:
    for check in report.health_checks:
        status = check.status
        if status is not None and not status.healthy:
            newest = max(status.last_failures, key=lambda seen: seen.checked_at_s, default=None)
            why = f" {newest.status}" if newest is not None else ""
            yield f"health check {check.id} ({check.target}) is unhealthy.{why}"


def _city_warnings(report: StatusReport) -> Iterator[str]:
    for city in report.cities:
        if city.problem:
            yield f"{city.name} has no resolver or no SOCKS entrance: {city.problem}"


def _damage_warnings(report: StatusReport) -> Iterator[str]:
    for path in report.damaged:
        yield f"damaged state was set aside in {path}; its log says what is missing (delete it)"


# -- processes


def _process_warnings(report: StatusReport) -> Iterator[str]:
    for process in report.processes:
        if process.state is ProcessState.RUNNING and process.answers:
            continue
        condition, consequence = _condition(process), _consequence(process)
        yield f"{process.role} {condition}: {consequence} ({_repair_process(process)})"


def _condition(process: ProcessReport) -> str:
    return {
        ProcessState.RUNNING: "runs but does not answer",
        ProcessState.ABSENT: "has not been started",
        ProcessState.DEAD: "is down",
        ProcessState.FROZEN: "is frozen",
    }[process.state]


def _consequence(process: ProcessReport) -> str:
    region = region_of(process.role)
    if region is None:
        return _CONSEQUENCES[process.role]
    if region == GLOBAL_ACCELERATOR_REGION:
        return "the Region is lost, and the accelerator's API with it: no dial can be turned"
    if region == US_EAST_1:
        return "the Region is lost, and Route 53's API with it: no record can be changed"
    return "the Region is lost"


def _repair_process(process: ProcessReport) -> str:
    if process.state is ProcessState.RUNNING or process.role == GATEWAY:
        return "twin up"
    action = "thaw" if process.state is ProcessState.FROZEN else "start"
    return _process_command(process.role, region_of(process.role), action)


def _process_command(role: str, region: str | None, action: str) -> str:
    return f"twin region {action} {region}" if region else f"twin {role} {action}"


# -- faults


def _fault_warnings(report: StatusReport) -> Iterator[str]:
    """Faults with an end, and network faults, which no other warning mentions."""
    for fault in report.faults:
        effect = _FAULT_EFFECTS.get(fault.name, "")
        end = _describe_end(fault)
        if effect or end:
            text = ", ".join(filter(None, (effect, end)))
            yield f"{fault.name} of {fault.region or fault.role}: {text} ({_repair_fault(fault)})"


def _describe_end(fault: FaultReport) -> str:
    if fault.left_s is None:
        return ""
    if fault.left_s < 0:
        return "should be over: the gateway ends it, is it running?"
    return f"ends in {fault.left_s:.0f} s"


def _repair_fault(fault: FaultReport) -> str:
    if fault.name in _REPAIR_COMMANDS:
        return f"twin {_REPAIR_COMMANDS[fault.name]} {fault.region}"
    action = "thaw" if fault.name.endswith("-freeze") else "start"
    return _process_command(fault.role, fault.region, action)


# -- accelerators


def _accelerator_warnings(report: StatusReport) -> Iterator[str]:
    if not report.accelerators_live:
        return
    for accelerator in report.accelerators:
        if not accelerator.enabled:
            yield f"accelerator {accelerator.name} is disabled: it takes no connections"
        for listener in accelerator.listeners:
            yield from _listener_warnings(accelerator, listener)


def _listener_warnings(
    accelerator: AcceleratorStatus, listener: AcceleratorListenerStatus
) -> Iterator[str]:
    if listener.problem:
        ports = ", ".join(listener.ports)
        yield f"accelerator {accelerator.name}, port {ports}: {listener.problem}"
    states = [
        endpoint.state
        for group in listener.groups
        for endpoint in group.endpoints
        if endpoint.weight > 0
    ]
    if not states or EndpointState.HEALTHY in states:
        return
    if EndpointState.UNHEALTHY in states:
        # https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html
        yield (
            f"accelerator {accelerator.name}: no endpoint is healthy, so it fails open: "
            "every endpoint gets traffic"
        )
    else:
        yield f"accelerator {accelerator.name}: the first health checks are not done yet"


# -- Regions


def _region_warnings(report: StatusReport) -> Iterator[str]:
    for region in report.regions:
        if region.status is not None:
            yield from _load_balancer_warnings(region, region.status)
            yield from _api_gateway_warnings(region, region.status)
            yield from _replication_warnings(region, region.status)


def _load_balancer_warnings(region: RegionReport, status: RegionStatus) -> Iterator[str]:
    for balancer in status.load_balancers:
        if balancer.problem:
            yield f"{region.name}, load balancer {balancer.name}: {balancer.problem}"


def _api_gateway_warnings(region: RegionReport, status: RegionStatus) -> Iterator[str]:
    if status.api_gateway is not None and status.api_gateway.problem:
        yield f"{region.name}, API Gateway: {status.api_gateway.problem}"


def _replication_warnings(region: RegionReport, status: RegionStatus) -> Iterator[str]:
    if status.replication_paused:
        pending = sum(peer.pending for peer in status.peers)
        yield (
            f"{region.name} holds {count_of(pending, 'write')} back "
            f"(twin replication resume {region.name})"
        )
        return
    for peer in status.peers:
        if peer.problem:
            yield f"replication {region.name} -> {peer.region}: {peer.problem}"
        elif peer.lag_ms > NOTABLE_LAG_S * 1000:
            yield f"replication {region.name} -> {peer.region} is {peer.lag_ms / 1000:.0f} s behind"
