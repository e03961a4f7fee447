"""Collects what `twin status` shows: run files, the processes' answers, the last Topology.

The dataclasses below, with those that they contain, are the schema of `twin status --json`; fields
are only ever added. Any process may be down: what it alone knows is then None or empty, and the
accelerators come from the last Topology, without health and connections (`accelerators_live` is
false).
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from common.clock import SystemClock
from twin.core.faults import Faults
from twin.core.health_checks.requests import TLS_TYPES, host_header
from twin.core.tables.replication import lag_quantile_s
from twin.errors import NotRunning, TwinError
from twin.faults.store import FaultReport, list_active_faults, read_faults
from twin.internal_api.client import fetch_document
from twin.internal_api.schemas import (
    AcceleratorListenerStatus,
    AcceleratorStatus,
    CitiesStatus,
    CityStatus,
    EdgeStatus,
    EndpointGroupStatus,
    EndpointState,
    EndpointStatus,
    HealthCheckStatus,
    RegionStatus,
    Route53Status,
)
from twin.runtime import processes, roles
from twin.runtime.damaged_state import find_damaged
from twin.runtime.instance import Instance
from twin.runtime.process_info import process_age_s
from twin.runtime.roles import ProcessState
from twin.runtime.run_files import find_process, process_state, session_processes
from twin.settings import TwinSettings, load_settings
from twin.topology.model import Accelerator, AcceleratorListener, EndpointGroup, Topology
from twin.topology.route53 import HealthCheck, HostedZone
from twin.topology.store import read_topology

T = TypeVar("T")
CLOCK = SystemClock()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessReport:
    """One process of the twin."""

    role: str
    """`gateway`, `control`, `edge`, `route53`, `cities`, `region/NAME`."""
    state: ProcessState
    answers: bool
    """Whether it answers at its internal address."""
    pid: int | None = None
    uptime_s: float | None = None
    memory_bytes: int = 0
    """Resident memory of the process and of what it started."""
    workers: int = 0
    """Living processes that it started: Lambda workers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionReport:
    """A Region that has been started at least once."""

    name: str
    state: ProcessState
    status: RegionStatus | None
    """Answer of its process; None without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HostedZoneReport:
    """A hosted zone of Route 53."""

    id: str
    name: str
    """Without its final dot."""
    records: int
    """Record sets, SOA and NS among them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheckReport:
    """A health check of Route 53."""

    id: str
    type: str
    target: str
    """What it checks: `https://api.muster.test/health`, `tcp://127.120.9.1:80`, `2 of 3 checks`."""
    status: HealthCheckStatus | None
    """Answer of Route 53's process; None without one, and before the process has the check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """Everything that `twin status` shows."""

    instance: int
    home: str
    endpoint_url: str
    """The gateway: AWS_ENDPOINT_URL."""
    speed: float
    replication_lag_s: float
    """Median of the lags that writes get, at this speed."""
    replication_lag_p95_s: float
    """95th percentile of them."""
    home_city: str
    shared: bool
    """Whether other users of the machine may call the gateway (`twin up --share`)."""
    running: bool
    """Whether any process runs; `twin status` ends with code 1 if not."""
    topology_version: int
    """Of the last published Topology."""
    processes: tuple[ProcessReport, ...]
    accelerators: tuple[AcceleratorStatus, ...]
    """As the edge reports them."""
    accelerators_live: bool
    """False: the edge does not answer; states, connections and problems are unknown."""
    regions: tuple[RegionReport, ...]
    cities: tuple[CityStatus, ...] = ()
    """Resolvers and SOCKS entrances, as their process reports them."""
    zones: tuple[HostedZoneReport, ...] = ()
    """Of the last published Topology."""
    health_checks: tuple[HealthCheckReport, ...] = ()
    faults: tuple[FaultReport, ...] = ()
    """Active faults, and when they end."""
    damaged: tuple[str, ...] = ()
    """Files that keep damaged pieces of the twin's state, which were set aside at a start."""
    warnings: tuple[str, ...] = ()
    """What is wrong or unusual, one sentence each (twin.cli.diagnostics)."""


def build_status_report(instance: Instance) -> StatusReport:
    """Ask all processes at once; takes about a second when one hangs. No warnings yet."""
    settings = _read_or_none(lambda: load_settings(instance)) or TwinSettings()
    topology = _read_or_none(lambda: read_topology(instance)) or Topology()
    with ThreadPoolExecutor(32) as pool:
        edge = pool.submit(fetch_status, instance, roles.EDGE, EdgeStatus)
        route53 = pool.submit(fetch_status, instance, roles.ROUTE53, Route53Status)
        cities = pool.submit(fetch_status, instance, roles.CITIES, CitiesStatus)
        core_answers = pool.map(lambda role: _is_answering(instance, role), roles.CORE_ROLES)
        regions = tuple(
            pool.map(lambda name: _region(instance, name), roles.started_regions(instance))
        )
        answers = dict(zip(roles.CORE_ROLES, core_answers, strict=True))
        edge_status, cities_status = edge.result(), cities.result()
        route53_status = route53.result()
    answers |= {roles.region_role(r.name): r.status is not None for r in regions}
    process_reports = tuple(_process(instance, role, answers[role]) for role in answers)
    if edge_status is None:
        accelerators = tuple(map(_configured_accelerator, topology.accelerators))
    else:
        accelerators = edge_status.accelerators
    lag_s = settings.scaled(settings.replication_lag_s)
    return StatusReport(
        instance=instance.number,
        home=str(instance.home),
        endpoint_url=instance.endpoint_url,
        speed=settings.speed,
        replication_lag_s=lag_s,
        replication_lag_p95_s=round(lag_quantile_s(lag_s, settings.replication_spread, 0.95), 4),
        home_city=settings.home_city,
        shared=settings.share,
        running=any(process.pid is not None for process in process_reports),
        topology_version=topology.version,
        processes=process_reports,
        accelerators=accelerators,
        accelerators_live=edge_status is not None,
        regions=regions,
        cities=cities_status.cities if cities_status else (),
        zones=tuple(map(_hosted_zone, topology.route53.zones)),
        health_checks=tuple(_health_checks(topology, route53_status)),
        faults=active_faults(instance),
        damaged=tuple(map(str, find_damaged(instance.state_dir))),
    )


def _read_or_none(read: Callable[[], T]) -> T | None:
    """An unreadable file must not hide the rest of the status."""
    try:
        return read()
    except (TwinError, OSError):
        return None


def fetch_status(instance: Instance, role: str, cls: type[T]) -> T | None:
    """Status document of a process; None when it does not run or does not answer."""
    if process_state(instance, role) is not ProcessState.RUNNING:
        return None
    try:
        return fetch_document(roles.internal_address(instance, role), "/_twin/status", cls)
    except NotRunning:
        return None


def _is_answering(instance: Instance, role: str) -> bool:
    running = process_state(instance, role) is ProcessState.RUNNING
    return running and processes.is_answering(instance, role)


def active_faults(instance: Instance) -> tuple[FaultReport, ...]:
    """What is broken on purpose; nothing where the file can't be read."""
    faults = _read_or_none(lambda: read_faults(instance)) or Faults()
    return list_active_faults(faults, CLOCK.now(), lambda role: process_state(instance, role))


def _region(instance: Instance, name: str) -> RegionReport:
    role = roles.region_role(name)
    return RegionReport(
        name=name,
        state=process_state(instance, role),
        status=fetch_status(instance, role, RegionStatus),
    )


def _process(instance: Instance, role: str, answers: bool) -> ProcessReport:
    state = process_state(instance, role)
    process = find_process(instance, role)
    if process is None:
        return ProcessReport(role=role, state=state, answers=False)
    session = session_processes(instance, role)
    return ProcessReport(
        role=role,
        state=state,
        answers=answers,
        pid=process.pid,
        uptime_s=round(process_age_s(process, CLOCK.now()), 1),
        memory_bytes=sum(member.memory_bytes for member in session),
        workers=max(0, len(session) - 1),
    )


# -- Route 53


def _hosted_zone(zone: HostedZone) -> HostedZoneReport:
    return HostedZoneReport(id=zone.id, name=zone.name.rstrip("."), records=len(zone.records))


def _health_checks(topology: Topology, status: Route53Status | None) -> Iterator[HealthCheckReport]:
    statuses = {check.id: check for check in (status.health_checks if status else ())}
    for check in topology.route53.health_checks:
        yield HealthCheckReport(
            id=check.id,
            type=check.type,
            target=_describe_target(check),
            status=statuses.get(check.id),
        )


def _describe_target(check: HealthCheck) -> str:
    if check.type == "CALCULATED":
        return f"{check.health_threshold} of {len(check.children)} checks"
    if check.alarm is not None:
        return f"alarm {check.alarm.name} in {check.alarm.region}"
    if check.type == "TCP":
        return f"tcp://{check.fqdn or check.ip_address}:{check.port}"
    scheme = "https" if check.type in TLS_TYPES else "http"
    return f"{scheme}://{host_header(check)}/{check.resource_path.removeprefix('/')}"


# -- the accelerators while the edge does not answer


def _configured_accelerator(accelerator: Accelerator) -> AcceleratorStatus:
    return AcceleratorStatus(
        arn=accelerator.arn,
        name=accelerator.name,
        ips=accelerator.ips,
        enabled=accelerator.enabled,
        listeners=tuple(map(_configured_listener, accelerator.listeners)),
    )


def _configured_listener(listener: AcceleratorListener) -> AcceleratorListenerStatus:
    return AcceleratorListenerStatus(
        arn=listener.arn,
        ports=tuple(map(str, listener.port_ranges)),
        groups=tuple(map(_configured_group, listener.groups)),
    )


def _configured_group(group: EndpointGroup) -> EndpointGroupStatus:
    return EndpointGroupStatus(
        arn=group.arn,
        region=group.region,
        dial=group.dial,
        endpoints=tuple(
            EndpointStatus(id=endpoint.id, weight=endpoint.weight, state=EndpointState.INITIAL)
            for endpoint in group.endpoints
        ),
    )
