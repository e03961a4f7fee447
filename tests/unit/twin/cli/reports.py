"""Canned reports for the tests of `twin status`."""

from dataclasses import replace

from twin.cli.status_report import (
    HealthCheckReport,
    HostedZoneReport,
    ProcessReport,
    RegionReport,
    StatusReport,
)
from twin.internal_api.schemas import (
    AcceleratorListenerStatus,
    AcceleratorStatus,
    CheckerObservation,
    EndpointGroupStatus,
    EndpointState,
    EndpointStatus,
    FunctionStatus,
    HealthCheckStatus,
    LoadBalancerStatus,
    PeerStatus,
    RegionStatus,
    TableStatus,
    TargetHealth,
    TargetState,
)
from twin.runtime.roles import ProcessState

REGIONS = ("eu-central-1", "us-west-2")


def process(role: str, state: ProcessState = ProcessState.RUNNING) -> ProcessReport:
    if state in (ProcessState.DEAD, ProcessState.ABSENT):
        return ProcessReport(role=role, state=state, answers=False)
    return ProcessReport(
        role=role,
        state=state,
        answers=state is ProcessState.RUNNING,
        pid=12345,
        uptime_s=3725.0,
        memory_bytes=123_456_789,
        workers=2 if role.startswith("region") else 0,
    )


def region_status(name: str) -> RegionStatus:
    (peer,) = set(REGIONS) - {name}
    return RegionStatus(
        region=name,
        topology_version=4,
        load_balancers=(
            LoadBalancerStatus(arn=f"arn:lb:{name}", name="muster", address="127.120.9.1",
                               ports=(80,)),
        ),
        functions=(FunctionStatus(name=f"muster-{name}", invocations=1200, errors=3, throttles=1),),
        targets=(TargetHealth(target_group="arn:tg", target="arn:fn", state=TargetState.HEALTHY),),
        tables=(
            TableStatus(name="muster-items", items=41, replicas=(peer,)),
            TableStatus(name="muster-control", items=1, replicas=(peer,)),
        ),
        peers=(PeerStatus(region=peer, pending=0, lag_ms=512.0),),
    )  # fmt: skip


def group(region: str, state: EndpointState, dial: float = 100.0) -> EndpointGroupStatus:
    reason = "no report for 7 s" if state is EndpointState.UNHEALTHY else ""
    return EndpointGroupStatus(
        arn=f"arn:group:{region}",
        region=region,
        dial=dial,
        endpoints=(EndpointStatus(id=f"arn:lb:{region}", weight=128, state=state, reason=reason),),
        open_connections=3,
        new_connections=123456,
        refused_connections=7,
    )


def accelerator(*states: EndpointState) -> AcceleratorStatus:
    groups = tuple(group(r, s) for r, s in zip(REGIONS, states, strict=True))
    return AcceleratorStatus(
        arn="arn:accelerator",
        name="muster",
        ips=("127.75.2.106", "127.99.19.244"),
        enabled=True,
        listeners=(AcceleratorListenerStatus(arn="arn:listener", ports=("80",), groups=groups),),
    )


def health_check(region: str, healthy_checkers: int = 16) -> HealthCheckReport:
    """The health check of a Region."""
    failure = CheckerObservation(
        region="sa-east-1",
        ip_address="127.140.0.47",
        status="Failure: HTTP Status Code 503, Service Unavailable",
        checked_at_s=1e9,
    )
    return HealthCheckReport(
        id=f"check-{region}",
        type="HTTPS",
        target=f"https://{region}.api.muster.test/health",
        status=HealthCheckStatus(
            id=f"check-{region}",
            version=1,
            healthy=healthy_checkers > 2,
            healthy_checkers=healthy_checkers,
            checkers=16,
            last_failures=(failure,) if healthy_checkers < 16 else (),
        ),
    )


def healthy() -> StatusReport:
    """A twin where all is well."""
    roles = ("gateway", "control", "edge", "route53", "cities", *(f"region/{r}" for r in REGIONS))
    return StatusReport(
        instance=0,
        home="/home/someone/muster/.twin",
        endpoint_url="http://127.0.0.1:4566",
        speed=1.0,
        replication_lag_s=0.5,
        replication_lag_p95_s=0.819,
        home_city="Frankfurt",
        shared=False,
        running=True,
        topology_version=4,
        processes=tuple(process(role) for role in roles),
        accelerators=(accelerator(EndpointState.HEALTHY, EndpointState.HEALTHY),),
        accelerators_live=True,
        zones=(HostedZoneReport(id="Z0123456789ABCDEFGHIJ", name="muster.test", records=8),),
        health_checks=tuple(map(health_check, REGIONS)),
        regions=tuple(
            RegionReport(name=r, state=ProcessState.RUNNING, status=region_status(r))
            for r in REGIONS
        ),
    )


def with_process(report: StatusReport, role: str, state: ProcessState) -> StatusReport:
    """The same with one process in another state."""
    processes = tuple(process(role, state) if p.role == role else p for p in report.processes)
    regions = tuple(
        RegionReport(name=r.name, state=state, status=None) if role == f"region/{r.name}" else r
        for r in report.regions
    )
    return replace(report, processes=processes, regions=regions)
