"""What is wrong or unusual about a twin, in words, and what to do about it. Pure."""

from collections.abc import Callable, Iterator

from common.aws import GLOBAL_ACCELERATOR_REGION
from twin.cli.status_report import ProcessReport, RegionReport, StatusReport
from twin.faults.report import FaultReport
from twin.internal_api.schemas import (
    AcceleratorListenerStatus,
    AcceleratorStatus,
    EndpointState,
    RegionStatus,
)
from twin.runtime.roles import CONTROL, EDGE, GATEWAY, ProcessState, region_of

LAG_TO_MENTION_S = 10.0

_CONSEQUENCES = {
    GATEWAY: "no AWS call is answered",
    CONTROL: "AWS calls that change or list resources fail; traffic and health failover go on",
    EDGE: "nothing answers at the static addresses",
}


def list_warnings(report: StatusReport) -> tuple[str, ...]:
    """All that a person should know, the gravest first."""
    if not report.running:
        return ("nothing runs; `twin up` (or `make up`) starts it",)
    judges: tuple[Callable[[StatusReport], Iterator[str]], ...] = (
        _processes,
        _faults,
        _edge,
        _regions,
    )
    return tuple(line for judge in judges for line in judge(report))


def _processes(report: StatusReport) -> Iterator[str]:
    for process in report.processes:
        if process.state is ProcessState.RUNNING and process.answers:
            continue
        yield f"{process.role} {_condition(process)}: {_consequence(process)} ({_cure(process)})"


def _condition(process: ProcessReport) -> str:
    if process.state is ProcessState.RUNNING:
        return "runs but does not answer"
    return {"absent": "has not been started", "dead": "is down"}.get(
        process.state, f"is {process.state}"
    )


def _consequence(process: ProcessReport) -> str:
    region = region_of(process.role)
    if region is None:
        return _CONSEQUENCES[process.role]
    if region == GLOBAL_ACCELERATOR_REGION:
        return "the Region is lost, and the accelerator's API with it: no dial can be turned"
    return "the Region is lost"


def _cure(process: ProcessReport) -> str:
    region = region_of(process.role)
    action = "thaw" if process.state is ProcessState.FROZEN else "start"
    if process.state is ProcessState.RUNNING or process.role == GATEWAY:
        return "twin up"
    return f"twin region {action} {region}" if region else f"twin {process.role} {action}"


_MENDS = {"replication-pause": "replication resume", "network-cut": "network heal"}
_MENDS["network-slow"] = _MENDS["network-cut"]
_MEANS = {
    "network-cut": "nothing passes between it and the rest",
    "network-slow": "all that passes is late",
}


def _faults(report: StatusReport) -> Iterator[str]:
    """Faults that end by themselves, and those that nothing else tells of."""
    for fault in report.faults:
        means = _MEANS.get(fault.name, "")
        end = _end(fault)
        if means or end:
            told = ", ".join(filter(None, (means, end)))
            yield f"{fault.name} of {fault.region or fault.role}: {told} ({_mend(fault)})"


def _end(fault: FaultReport) -> str:
    if fault.left_s is None:
        return ""
    if fault.left_s < 0:
        return "should be over: the gateway ends it, is it running?"
    return f"ends by itself in {fault.left_s:.0f} s"


def _mend(fault: FaultReport) -> str:
    if fault.name in _MENDS:
        return f"twin {_MENDS[fault.name]} {fault.region}"
    action = "thaw" if fault.name.endswith("-freeze") else "start"
    return f"twin region {action} {fault.region}" if fault.region else f"twin {fault.role} {action}"


def _edge(report: StatusReport) -> Iterator[str]:
    if not report.accelerators_live:
        return
    for accelerator in report.accelerators:
        if not accelerator.enabled:
            yield f"accelerator {accelerator.name} is disabled: it takes no connections"
        for listener in accelerator.listeners:
            yield from _listener(accelerator, listener)


def _listener(accelerator: AcceleratorStatus, listener: AcceleratorListenerStatus) -> Iterator[str]:
    if listener.problem:
        ports = ", ".join(listener.ports)
        yield f"accelerator {accelerator.name}, port {ports}: {listener.problem}"
    usable = [e.state for g in listener.groups for e in g.endpoints if e.weight > 0]
    if usable and EndpointState.HEALTHY not in usable:
        if EndpointState.UNHEALTHY in usable:
            # https://docs.aws.amazon.com/global-accelerator/latest/dg/about-endpoint-groups-health-check-options.html
            yield (
                f"accelerator {accelerator.name}: no endpoint is healthy, so it fails open: "
                "every endpoint gets traffic"
            )
        else:
            yield f"accelerator {accelerator.name}: the first health checks are not done yet"


def _regions(report: StatusReport) -> Iterator[str]:
    for region in report.regions:
        if region.status is not None:
            yield from _region(region, region.status)


def _region(region: RegionReport, status: RegionStatus) -> Iterator[str]:
    for balancer in status.load_balancers:
        if balancer.problem:
            yield f"{region.name}, load balancer {balancer.name}: {balancer.problem}"
    if status.replication_paused:
        held = sum(peer.pending for peer in status.peers)
        yield (
            f"{region.name} holds its writes back, {held} wait "
            f"(twin replication resume {region.name})"
        )
        return
    for peer in status.peers:
        if peer.problem:
            yield f"replication {region.name} -> {peer.region}: {peer.problem}"
        elif peer.lag_ms > LAG_TO_MENTION_S * 1000:
            yield f"replication {region.name} -> {peer.region} is {peer.lag_ms / 1000:.0f} s behind"
