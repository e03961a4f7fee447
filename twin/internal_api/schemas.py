"""What the twin's processes say to each other, besides the Topology: JSON over HTTP (twin.codec).

edge     POST /_twin/health      HealthReport   a Region's heartbeat: each second, at each change;
                                                503 while the Region's network is cut
         GET  /_twin/status      EdgeStatus
         POST /_twin/metrics     MetricsReport: what was counted since the last time
region   GET  /_twin/status      RegionStatus
         POST /_twin/metrics     MetricsReport
         GET  /_twin/targets     TargetReport
         POST /_twin/replication/apply, /tables, /horizon   between Regions (tables/peers.py)
control  GET  /_twin/status      ControlStatus
         GET  /_twin/topology?after=V&role=R   long poll: 200 a Topology newer than V, 204 none
                                               within 20 s; asking for `after=V` acknowledges V
gateway  GET  /_twin/whoami      WhoAmI
         POST /_twin/regions/NAME    start a Region that has never run; 200, or 503 when it is
                                     down
         GET  /_twin/faults      FaultList (twin.faults.report); also for programs outside
edge, region, gateway
         POST /_twin/faults      look at the faults (twin.faults.watch) now; 204 once they hold
"""

from dataclasses import dataclass, field
from enum import StrEnum


class EndpointState(StrEnum):
    """Health of an endpoint as Global Accelerator tells it (HealthState of EndpointDescription)."""

    INITIAL = "INITIAL"
    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"


class TargetState(StrEnum):
    """State of a target as Elastic Load Balancing tells it."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNUSED = "unused"
    DRAINING = "draining"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancerHealthReport:
    """What a Region says of its load balancers; silence is a failure too."""

    region: str
    load_balancers: dict[str, EndpointState]
    """ARN -> HEALTHY when every target group has a healthy target; INITIAL before a first check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetHealth:
    """One target, in the words of DescribeTargetHealth."""

    target_group: str
    target: str
    state: TargetState
    reason: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetHealthReport:
    """Health of all targets of a Region."""

    region: str
    targets: tuple[TargetHealth, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointStatus:
    """An endpoint as the edge sees it."""

    id: str
    weight: int
    state: EndpointState
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointGroupStatus:
    """An endpoint group as the edge sees it."""

    arn: str
    region: str
    dial: float
    endpoints: tuple[EndpointStatus, ...]
    open_connections: int = 0
    new_connections: int = 0
    """Since the edge started."""
    refused_connections: int = 0
    """Endpoint did not take the connection; the client got a reset."""
    bytes_in: int = 0
    """From clients, since the edge started."""
    bytes_out: int = 0
    """To clients."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceleratorListenerStatus:
    """A listener as the edge sees it."""

    arn: str
    ports: tuple[str, ...]
    """`80`, `8000-8010`; a listener that could not be bound says so in `problem`."""
    groups: tuple[EndpointGroupStatus, ...]
    problem: str = ""
    dropped_connections: int = 0
    """No group had an endpoint to send them to; the client got a reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceleratorStatus:
    """An accelerator as the edge sees it."""

    arn: str
    name: str
    ips: tuple[str, ...]
    enabled: bool
    listeners: tuple[AcceleratorListenerStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeStatus:
    """Everything the edge knows."""

    topology_version: int
    accelerators: tuple[AcceleratorStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlStatus:
    """How control is."""

    topology_version: int
    acknowledged: dict[str, int]
    """Role -> the version that it has, since control started."""
    journal_entries: int
    """Calls to replay at the next start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancerStatus:
    """A load balancer in its Region's process."""

    arn: str
    name: str
    address: str
    ports: tuple[int, ...]
    requests: int = 0
    elb_5xx: int = 0
    """Answered with an error of the load balancer's own making."""
    problem: str = ""
    """Why a listener could not be opened, if so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionStatus:
    """A function in its Region's process."""

    name: str
    workers: int = 0
    busy: int = 0
    invocations: int = 0
    errors: int = 0
    throttles: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TableStatus:
    """A table's replica in this Region."""

    name: str
    items: int
    replicas: tuple[str, ...] = ()
    """The other Regions of the global table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerStatus:
    """Replication from this Region to another."""

    region: str
    pending: int
    """Writes of this Region that the other has not acknowledged."""
    lag_ms: float
    """From write to acknowledgement, of the last that arrived; at least the age of the oldest that
    waits."""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionStatus:
    """Everything a Region's process knows."""

    region: str
    topology_version: int
    load_balancers: tuple[LoadBalancerStatus, ...] = ()
    functions: tuple[FunctionStatus, ...] = ()
    targets: tuple[TargetHealth, ...] = ()
    tables: tuple[TableStatus, ...] = ()
    replication_paused: bool = False
    peers: tuple[PeerStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoAmI:
    """Which twin answers on a gateway port."""

    home: str
    instance: int
    pid: int
    listener_ports: tuple[int, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticSet:
    """What is kept of some values of a metric; two of them add up to one (twin.core.metrics)."""

    count: float
    total: float
    least: float
    most: float
    values: dict[str, float] = field(default_factory=dict)
    """Value with three digits -> how often; only of metrics whose distribution is of use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSample:
    """Values of one metric, in CloudWatch's words."""

    namespace: str
    name: str
    dimensions: dict[str, str]
    unit: str
    statistics: StatisticSet


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsReport:
    """What a process has counted since it was asked last, or since it started."""

    samples: tuple[MetricSample, ...]
