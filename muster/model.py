"""The values that the operator's tool passes around: the deployed stack, and its state now.

Frozen, without I/O. `SystemView` is what guards evaluate and views show. What could not be read is
None in it, and None never counts as good.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SwitchStatus = Literal["auto", "fail", "pass"]
FrontDoor = Literal["accelerator", "dns"]
"""A way into the service: Global Accelerator's static addresses, or a name in Route 53."""
DnsPolicy = Literal["latency", "weighted", "geolocation", "failover", "multivalue"]
HealthState = Literal["HEALTHY", "UNHEALTHY", "INITIAL"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionOutputs:
    """One Region of the stack, from the stack's outputs.

    Load balancer and endpoint group belong to the accelerator; without that door they are empty.
    """

    region: str
    alb_dns: str
    alb_arn: str
    endpoint_group_arn: str
    target_group_arn: str
    function_name: str
    declared_dial: float
    """Percent; the baseline that the Pulumi program declares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRegionOutputs:
    """One Region's part of the DNS door."""

    region: str
    name: str
    """The Region's own name: `eu-central-1.api.example.com`."""
    health_check_id: str
    set_identifier: str
    """Of the Region's record under the shared name; empty with a traffic policy."""
    api_id: str
    regional_domain: str
    """The name of API Gateway's endpoint for the custom domain."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsOutputs:
    """The DNS door: one name in Route 53, with a record and a health check for each Region."""

    domain: str
    url: str
    https_port: int
    zone_id: str
    zone_name: str
    name_servers: tuple[str, ...]
    policy: str
    """A `DnsPolicy`, or one that the tool does not know."""
    ttl_s: float
    """How long resolvers may keep an answer."""
    regions: dict[str, DnsRegionOutputs]
    traffic_policy_instance_id: str | None = None


AlarmEffect = Literal["health", "replication"]
"""What an alarm of the stack shows: a Region that fails, or writes that do not arrive."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackAlarm:
    """A CloudWatch alarm that the stack declares."""

    shows: AlarmEffect
    regions: tuple[str, ...]
    """The Regions that it is about, which may be others than the one it is in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A deployed stack, from its outputs. What belongs to a door that it lacks is empty."""

    static_ips: tuple[str, ...] = ()
    accelerator_dns: str = ""
    accelerator_arn: str = ""
    url: str
    regions: dict[str, RegionOutputs]
    table: str
    """The service's items, by which drills measure replication."""
    control_table: str
    services: dict[str, str] = field(default_factory=dict)
    """Each service of the function -> its table."""
    home_region: str
    dns: DnsOutputs | None = None
    """None: the stack has no DNS door."""
    alarms: dict[str, StackAlarm] = field(default_factory=dict)
    """Its CloudWatch alarms, by `REGION:NAME`."""
    replication_pause_templates: dict[str, str] = field(default_factory=dict)
    """Region -> id of the FIS experiment template that pauses its replication."""
    source: str = ""
    """File or command that the outputs were read from."""
    notice: str = ""
    """What a person must know about the outputs; empty if nothing."""
    kept_age_s: float | None = None
    """How old they are, if they are kept ones, for want of an answer of Pulumi's state backend."""

    @property
    def account(self) -> str:
        """Id of the account that it is deployed in; empty if no output has it."""
        return self.accelerator_arn.split(":")[4] if self.accelerator_arn else ""

    @property
    def tables(self) -> tuple[str, ...]:
        """All global tables, the items' first."""
        return tuple(dict.fromkeys((self.table, *self.services.values(), self.control_table)))

    def regions_from(self, first: str) -> tuple[str, ...]:
        """All Regions: this one, then the others."""
        return (first, *(region for region in self.regions if region != first))

    @property
    def doors(self) -> tuple[FrontDoor, ...]:
        """Its front doors; the accelerator is first where there are two."""
        accelerator: tuple[FrontDoor, ...] = ("accelerator",) if self.accelerator_arn else ()
        return (*accelerator, "dns") if self.dns else accelerator


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchSetting:
    """What a Region's health switch is set to: the control table's item `health#REGION`."""

    status: SwitchStatus = "auto"
    by: str = ""
    why: str = ""
    until_epoch_s: float = 0.0
    """When it becomes `auto` on its own; 0: never."""

    def status_at(self, now: float) -> SwitchStatus:
        """The status at a time (seconds since 1970): `auto` after the end."""
        return "auto" if self.until_epoch_s and now >= self.until_epoch_s else self.status


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveFault:
    """An active fault, injected by this tool or by other means."""

    kind: str
    """A `muster.levers.FaultKind`, or the twin's name of one that the tool can't inject."""
    region: str | None = None
    """None for a fault of no Region."""
    parameters: dict[str, float | str] = field(default_factory=dict)
    """The known ones of a `muster.levers.Fault`, without `for_s` and `by`."""
    until_epoch_s: float | None = None
    """When it ends on its own, in seconds since 1970; None: it does not, or it is not known."""
    since_epoch_s: float | None = None
    """When it began, in seconds since 1970; None: not known."""
    by: str = ""
    """Name of the operator who injected it; empty: not known."""


def largest_lag(lags: Mapping[str, float | None]) -> float | None:
    """The largest known lag; None without one."""
    return max((lag for lag in lags.values() if lag is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionView:
    """A Region's state now. None: could not be read."""

    region: str
    declared_dial: float
    dial: float | None
    endpoint: HealthState | None
    """Health of its load balancer, as the accelerator sees it."""
    target: str | None
    """State of the load balancer's target: healthy, unhealthy, initial, ..."""
    switch: SwitchSetting | None
    replication_lag_s: float | None
    """The largest of `lags_s`."""
    new_connections_per_s: float | None
    requests_per_s: float | None
    concurrency_used: float | None
    concurrency_limit: float | None
    lags_s: dict[str, float | None] = field(default_factory=dict)
    """Recent replication lag of this Region's writes by receiving Region; None: no sign that they
    arrive."""
    function_version: str | None = None
    """The version of the function that answers; each deployment that changes it makes a new one.
    None also where only drills ask for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DnsRecordView:
    """A Region's record under the shared name, and its health check. None: could not be read."""

    region: str
    weight: int | None = None
    """0 to 255; None also for a policy without weights."""
    inverted: bool | None = None
    disabled: bool | None = None
    checkers: int | None = None
    """Health checkers that have reported."""
    healthy_checkers: int | None = None
    """Those whose last request succeeded, before the check is inverted."""
    failure: str = ""
    """The report of one that failed; empty if none did."""

    @property
    def healthy(self) -> bool | None:
        """Whether Route 53 counts the record as healthy: more than 18 % of the checkers say so.

        None without any report: Route 53 counts a new check as healthy, and nobody has looked yet.
        https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
        """
        if self.inverted is None:
            return None
        if self.disabled:
            return not self.inverted
        if not self.checkers or self.healthy_checkers is None:
            return None
        succeeds = self.healthy_checkers > HEALTHY_SHARE * self.checkers
        return succeeds != self.inverted


HEALTHY_SHARE = 0.18


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemView:
    """The state of the whole system now."""

    account: str | None
    accelerator_status: Literal["DEPLOYED", "IN_PROGRESS"] | None
    """None: the accelerator's API could not be reached."""
    accelerator_enabled: bool | None
    regions: dict[str, RegionView]
    doors: tuple[FrontDoor, ...] = ("accelerator",)
    dns: dict[str, DnsRecordView] | None = None
    """Region -> its record of the DNS door; None: no such door, or Route 53's API did not answer
    at all."""
    alarms: dict[str, str | None] = field(default_factory=dict)
    """Name -> OK, ALARM, INSUFFICIENT_DATA; None: could not be read."""
    faults: tuple[ActiveFault, ...] | None = None
    """The active faults; None: none of them could be read."""
    faults_unread: tuple[str, ...] = ()
    """Scopes (`network of us-west-2`; see muster.levers.fault_scope) whose faults could not be
    read."""
    twin_gone: bool = False
    """Nothing listens at the twin's endpoint: it was stopped, or removed."""
    outdated: tuple[str, ...] = ()
    """In what the stack's outputs differ from the accelerator's own endpoint groups and from the
    records of the DNS door, as lines for a person: they are not those of the newest deployment."""
    problems: tuple[str, ...] = ()
    """What could not be read and why, as lines for a person."""

    @property
    def emptied_by_weight(self) -> frozenset[str]:
        """Regions whose record has a weight of 0 beside others.

        With all 0, Route 53 answers with all records equally often.
        """
        weights = {name: record.weight for name, record in (self.dns or {}).items()}
        if not any(weights.values()):
            return frozenset()
        return frozenset(name for name, weight in weights.items() if weight == 0)
