"""What `twin status` knows: gathered from run files, the processes and the last Topology.

The dataclasses below, with what they are made of, are the schema of `twin status --json`; fields
are only ever added. Every process may be down: what it alone knows is then missing (None or empty),
and the accelerators come from the last Topology, without health and connections
(`accelerators_live` false).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

from common.clock import SystemClock
from twin import codec
from twin.core.faults import Faults
from twin.core.replication import lag_quantile_s
from twin.errors import NotRunning, TwinError
from twin.faults.report import FaultReport, list_active_faults
from twin.faults.store import read_faults
from twin.internal_api.client import fetch_document, send_request
from twin.internal_api.schemas import (
    AcceleratorListenerStatus,
    AcceleratorStatus,
    EdgeStatus,
    EndpointGroupStatus,
    EndpointState,
    EndpointStatus,
    RegionStatus,
)
from twin.runtime import roles
from twin.runtime.instance import Instance
from twin.runtime.process_info import process_age_s
from twin.runtime.roles import ProcessState
from twin.settings import TwinSettings, load_settings
from twin.topology.model import Accelerator, AcceleratorListener, EndpointGroup, Topology

T = TypeVar("T")
CLOCK = SystemClock()


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessReport:
    """One process of the twin."""

    role: str
    """`gateway`, `control`, `edge`, `region/NAME`."""
    state: ProcessState
    answers: bool
    """Whether it answers at its inner address."""
    pid: int | None = None
    uptime_s: float | None = None
    memory_bytes: int = 0
    """Resident memory of the process and of what it started."""
    workers: int = 0
    """How many processes it has started and that live (Lambda workers)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionReport:
    """A Region that has been started at least once."""

    name: str
    state: ProcessState
    status: RegionStatus | None
    """What its process says (twin.internal_api.schemas); None when it does not answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """Everything that `twin status` shows."""

    instance: int
    home: str
    endpoint_url: str
    """The gateway: AWS_ENDPOINT_URL."""
    speed: float
    replication_lag_s: float
    """Median of the lags that are drawn for writes, at this speed."""
    replication_lag_p95_s: float
    """95 in 100 lags are within this."""
    home_city: str
    running: bool
    """Whether any process runs; `twin status` ends with code 1 if not."""
    topology_version: int
    """Of the last published Topology."""
    processes: tuple[ProcessReport, ...]
    accelerators: tuple[AcceleratorStatus, ...]
    """As the edge sees them (twin.internal_api.schemas)."""
    accelerators_live: bool
    """False: the edge does not answer; states, connections and problems are not known."""
    regions: tuple[RegionReport, ...]
    faults: tuple[FaultReport, ...] = ()
    """What is broken on purpose, and until when."""
    warnings: tuple[str, ...] = ()
    """What is wrong or unusual, in words."""


def build_status_report(instance: Instance) -> StatusReport:
    """Ask everybody at once; takes about a second when somebody hangs."""
    settings = _or_none(lambda: load_settings(instance)) or TwinSettings()
    topology = _or_none(lambda: _topology(instance)) or Topology()
    names = roles.all_roles(instance)
    with ThreadPoolExecutor(len(names) + 1) as pool:
        edge = pool.submit(fetch_status, instance, roles.EDGE, EdgeStatus)
        answers = {name: pool.submit(_answers, instance, name) for name in roles.CORE_ROLES}
        regions = tuple(pool.map(lambda r: _region(instance, r), roles.started_regions(instance)))
        edge_status = edge.result()
        answering = {name: answer.result() for name, answer in answers.items()}
    answering |= {roles.region_role(r.name): r.status is not None for r in regions}
    processes = tuple(_process(instance, name, answering[name]) for name in names)
    lag_s = settings.scaled(settings.replication_lag_s)
    return StatusReport(
        instance=instance.number,
        home=str(instance.home),
        endpoint_url=instance.endpoint_url,
        speed=settings.speed,
        replication_lag_s=lag_s,
        replication_lag_p95_s=round(lag_quantile_s(lag_s, settings.replication_spread, 0.95), 4),
        home_city=settings.home_city,
        running=any(process.pid is not None for process in processes),
        topology_version=topology.version,
        processes=processes,
        accelerators=edge_status.accelerators
        if edge_status
        else accelerators_from_topology(topology),
        accelerators_live=edge_status is not None,
        regions=regions,
        faults=_faults(instance, CLOCK.now()),
    )


def _faults(instance: Instance, now: float) -> tuple[FaultReport, ...]:
    written = _or_none(lambda: read_faults(instance)) or Faults()
    return list_active_faults(written, now, lambda role: roles.state(instance, role))


def _or_none(read: Callable[[], T]) -> T | None:
    """A file that can't be read must not keep the rest from being seen."""
    try:
        return read()
    except TwinError:
        return None


def _topology(instance: Instance) -> Topology | None:
    if not instance.topology_path.exists():
        return None
    return codec.loads(Topology, instance.topology_path.read_bytes())


def fetch_status(instance: Instance, role: str, cls: type[T]) -> T | None:
    """A process's status; None when it does not run or does not answer."""
    if roles.state(instance, role) is not ProcessState.RUNNING:
        return None
    try:
        return fetch_document(roles.internal_address(instance, role), "/_twin/status", cls)
    except NotRunning:
        return None


def _answers(instance: Instance, role: str) -> bool:
    if roles.state(instance, role) is not ProcessState.RUNNING:
        return False
    path = "/_twin/whoami" if role == roles.GATEWAY else "/_twin/status"
    try:
        return send_request(roles.internal_address(instance, role), "GET", path)[0] == 200
    except NotRunning:
        return False


def _region(instance: Instance, name: str) -> RegionReport:
    role = roles.region_role(name)
    return RegionReport(
        name=name,
        state=roles.state(instance, role),
        status=fetch_status(instance, role, RegionStatus),
    )


def _process(instance: Instance, role: str, answers: bool) -> ProcessReport:
    state = roles.state(instance, role)
    found = roles.find_process(instance, role)
    if found is None:
        return ProcessReport(role=role, state=state, answers=False)
    session = roles.session_processes(instance, role)
    return ProcessReport(
        role=role,
        state=state,
        answers=answers,
        pid=found.pid,
        uptime_s=round(process_age_s(found), 1),
        memory_bytes=sum(process.memory_bytes for process in session),
        workers=max(0, len(session) - 1),
    )


# -- the accelerators when the edge is silent


def accelerators_from_topology(topology: Topology) -> tuple[AcceleratorStatus, ...]:
    """The accelerators as configured; states and connections are not known."""
    return tuple(_accelerator(accelerator) for accelerator in topology.accelerators)


def _accelerator(accelerator: Accelerator) -> AcceleratorStatus:
    return AcceleratorStatus(
        arn=accelerator.arn,
        name=accelerator.name,
        ips=accelerator.ips,
        enabled=accelerator.enabled,
        listeners=tuple(map(_listener, accelerator.listeners)),
    )


def _listener(listener: AcceleratorListener) -> AcceleratorListenerStatus:
    ports = ((r.from_port, r.to_port) for r in listener.port_ranges)
    return AcceleratorListenerStatus(
        arn=listener.arn,
        ports=tuple(str(a) if a == b else f"{a}-{b}" for a, b in ports),
        groups=tuple(map(_group, listener.groups)),
    )


def _group(group: EndpointGroup) -> EndpointGroupStatus:
    return EndpointGroupStatus(
        arn=group.arn,
        region=group.region,
        dial=group.dial,
        endpoints=tuple(
            EndpointStatus(id=e.id, weight=e.weight, state=EndpointState.INITIAL)
            for e in group.endpoints
        ),
    )
