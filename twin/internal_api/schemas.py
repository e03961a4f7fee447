"""Messages between the twin's processes, besides the Topology: JSON over HTTP (twin.codec).

edge     POST /_twin/health      LoadBalancerHealthReport: a Region's heartbeat, each second and at
                                 each change; 503 while the Region's network is cut
         GET  /_twin/status      EdgeStatus
         POST /_twin/metrics     MetricsReport: the counts since the last request
region   GET  /_twin/status      RegionStatus
         POST /_twin/metrics     MetricsReport
         GET  /_twin/targets     TargetHealthReport
         GET  /_twin/item?table=T&key=K   an item as DynamoDB's JSON; 404 without it
         POST /_twin/replication/apply, /tables, /horizon   between Regions (tables/peers.py)
route53  GET  /_twin/status      Route53Status
         GET  /_twin/health_checks/ID   HealthCheckStatus; 404 for a check that it does not have
         POST /_twin/metrics     MetricsReport
         POST /_twin/health      LoadBalancerHealthReport, as to the edge
         POST /_twin/dns         DnsTestRequest -> DnsTestReport; 400 with the reason if malformed
cities   GET  /_twin/status      CitiesStatus
         POST /_twin/forget      empty the resolvers' caches
control  GET  /_twin/status      ControlStatus
         GET  /_twin/topology?after=V&role=R   long poll: 200 with a Topology newer than V, 204
                                               without one in 20 s; acknowledges V for role R
         GET  /_twin/metric_checks     MetricCheckStates
gateway  GET  /_twin/whoami      WhoAmI
         POST /_twin/regions/NAME    start a Region that has never run; 503 when it is down
         GET  /_twin/faults      FaultList (twin.faults.store); also for programs outside
edge, region, gateway, route53
         POST /_twin/faults      read the stored faults (twin.faults.watch); 204 once in force
"""

from dataclasses import dataclass, field
from enum import StrEnum

SOURCE_IP_HEADER = "x-twin-source-ip"
"""The caller's address, set by the gateway of a twin that enforces IAM."""


class EndpointState(StrEnum):
    """Health of an endpoint: HealthState of Global Accelerator's EndpointDescription."""

    INITIAL = "INITIAL"
    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"


class TargetState(StrEnum):
    """Health of a target: State of Elastic Load Balancing's TargetHealth."""

    INITIAL = "initial"
    HEALTHY = "healthy"
    UNHEALTHY = "unhealthy"
    UNUSED = "unused"
    DRAINING = "draining"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancerHealthReport:
    """A Region's report of its load balancers' health; a missing report counts as a failure."""

    region: str
    load_balancers: dict[str, EndpointState]
    """ARN -> HEALTHY if each target group has a healthy target; INITIAL before the first check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetHealth:
    """One target of DescribeTargetHealth."""

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
    """An endpoint in the edge."""

    id: str
    weight: int
    state: EndpointState
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointGroupStatus:
    """An endpoint group in the edge; the counts are those since the edge started."""

    arn: str
    region: str
    dial: float
    endpoints: tuple[EndpointStatus, ...]
    open_connections: int = 0
    new_connections: int = 0
    refused_connections: int = 0
    """Refused by the endpoint; the client got a reset."""
    bytes_in: int = 0
    """From clients."""
    bytes_out: int = 0
    """To clients."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceleratorListenerStatus:
    """A listener in the edge."""

    arn: str
    ports: tuple[str, ...]
    """`80`, `8000-8010`."""
    groups: tuple[EndpointGroupStatus, ...]
    problem: str = ""
    """Reason why ports are not open, if so."""
    dropped_connections: int = 0
    """Without an endpoint in any group; the client got a reset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceleratorStatus:
    """An accelerator in the edge."""

    arn: str
    name: str
    ips: tuple[str, ...]
    enabled: bool
    listeners: tuple[AcceleratorListenerStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeStatus:
    """State of the edge."""

    topology_version: int
    accelerators: tuple[AcceleratorStatus, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckerObservation:
    """What one of Route 53's health checkers saw at one check of an endpoint."""

    region: str
    """Of the checker."""
    ip_address: str
    """Of the checker."""
    status: str
    """Status of the API's StatusReport: `Success: HTTP Status Code 200, OK`."""
    checked_at_s: float
    """Seconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheckStatus:
    """A health check in Route 53's process."""

    id: str
    version: int
    """HealthCheckVersion that is in force."""
    healthy: bool
    """The verdict that answers follow: inverted, disabled, by the children or the alarm."""
    healthy_checkers: int = 0
    """Those that hold the endpoint for healthy; of a CALCULATED check, its healthy children."""
    checkers: int = 0
    """How many there are; of a CALCULATED check, its children."""
    observations: tuple[CheckerObservation, ...] = ()
    """The last one of each checker that has checked."""
    last_failures: tuple[CheckerObservation, ...] = ()
    """The last failed one of each checker that has seen a failure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricCheckStates:
    """What CloudWatch says of the metrics of CLOUDWATCH_METRIC health checks."""

    states: dict[str, str]
    """Id of a health check -> OK, ALARM, INSUFFICIENT_DATA."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route53Status:
    """State of Route 53's process."""

    topology_version: int
    health_checks: tuple[HealthCheckStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsTestRequest:
    """A query that is answered for Route 53's TestDNSAnswer."""

    zone_id: str
    """`Z` and capitals; the process has it once it has the Topology with the zone."""
    name: str
    """Absolute or not, other characters as `\\ooo`."""
    type: str
    resolver_ip: str = ""
    """Empty: a resolver near us-east-1."""
    subnet_ip: str = ""
    """The client subnet of EDNS0; empty for none."""
    subnet_prefix: int | None = None
    """None: 24 bits of an IPv4 address, 64 of an IPv6 one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsTestReport:
    """The answer of the name servers."""

    name_server: str
    """The first one of the zone; empty when the process has no such zone."""
    values: tuple[str, ...]
    """Of the records of the type asked for, in the format of zone files."""
    code: str
    """NOERROR, NXDOMAIN, REFUSED."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CityStatus:
    """A city's resolver and SOCKS entrance; the counts are those since the process started."""

    name: str
    queries: int = 0
    """Of clients, to the resolver."""
    cached_answers: int = 0
    open_connections: int = 0
    """Through the SOCKS entrance."""
    connections: int = 0
    problem: str = ""
    """Reason why a socket is not open, if so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CitiesStatus:
    """State of the process with the cities' resolvers and SOCKS entrances."""

    topology_version: int
    cities: tuple[CityStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlStatus:
    """State of control."""

    topology_version: int
    acknowledged: dict[str, int]
    """Role -> Topology version that it has acknowledged since control started."""
    journal_entries: int
    """Calls that the next start replays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadBalancerStatus:
    """A load balancer in its Region's process."""

    arn: str
    name: str
    address: str
    ports: tuple[int, ...]
    requests: int = 0
    elb_5xx: int = 0
    """Errors of the load balancer itself."""
    problem: str = ""
    """Reason why a listener is not open, if so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiGatewayStatus:
    """API Gateway in its Region's process; the counts are those since the process started."""

    address: str
    port: int
    apis: tuple[str, ...] = ()
    """Ids."""
    domains: tuple[str, ...] = ()
    """Custom domain names."""
    requests: int = 0
    own_5xx: int = 0
    """Errors of API Gateway itself."""
    failed_handshakes: int = 0
    problem: str = ""
    """Reason why it does not serve all names, if so."""


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
    """Writes of this Region that the other has not acknowledged yet."""
    lag_ms: float
    """Time from write to acknowledgement of the last write; at least the age of the oldest pending
    one."""
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionStatus:
    """State of a Region's process."""

    region: str
    topology_version: int
    load_balancers: tuple[LoadBalancerStatus, ...] = ()
    api_gateway: ApiGatewayStatus | None = None
    """None without APIs and custom domain names."""
    functions: tuple[FunctionStatus, ...] = ()
    targets: tuple[TargetHealth, ...] = ()
    tables: tuple[TableStatus, ...] = ()
    replication_paused: bool = False
    peers: tuple[PeerStatus, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoAmI:
    """The twin that a gateway belongs to."""

    home: str
    instance: int
    pid: int
    listener_ports: tuple[int, ...] = field(default=())


@dataclass(frozen=True, slots=True, kw_only=True)
class StatisticSet:
    """Aggregate of a metric's values; `twin.core.cloudwatch.metrics` merges two into one."""

    count: float
    total: float
    least: float
    most: float
    values: dict[str, float] = field(default_factory=dict)
    """Value rounded to three digits -> count; only for metrics whose percentiles are of use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricSample:
    """Values of one CloudWatch metric."""

    namespace: str
    name: str
    dimensions: dict[str, str]
    unit: str
    statistics: StatisticSet


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """A line for CloudWatch Logs, or the lines that a function wrote."""

    group: str
    stream: str
    at_ms: int
    """Milliseconds since 1970."""
    message: str
    function: str = ""
    """Name of the function that wrote the lines, each with a newline at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsReport:
    """Counts of a process since the last request, or since its start; and what it has logged."""

    samples: tuple[MetricSample, ...]
    logs: tuple[LogEntry, ...] = ()
