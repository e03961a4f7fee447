"""The values that the operator's tool passes around: the deployed stack, and its state now.

Frozen, without I/O. `SystemView` is what guards evaluate and views show. What could not be read is
None in it, and None never counts as good.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SwitchStatus = Literal["auto", "fail", "pass"]
HealthState = Literal["HEALTHY", "UNHEALTHY", "INITIAL"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionOutputs:
    """One Region of the stack, from the stack's outputs."""

    region: str
    alb_dns: str
    alb_arn: str
    endpoint_group_arn: str
    target_group_arn: str
    function_name: str
    declared_dial: float
    """Percent; the baseline that the Pulumi program declares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """A deployed stack, from its outputs."""

    static_ips: tuple[str, ...]
    accelerator_dns: str
    accelerator_arn: str
    url: str
    regions: dict[str, RegionOutputs]
    table: str
    control_table: str
    home_region: str
    replication_pause_templates: dict[str, str] = field(default_factory=dict)
    """Region -> id of the FIS experiment template that pauses its replication."""
    source: str = ""
    """File or command that the outputs were read from."""

    @property
    def account(self) -> str:
        """Id of the account that it is deployed in."""
        return self.accelerator_arn.split(":")[4]


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


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemView:
    """The state of the whole system now."""

    account: str | None
    accelerator_status: Literal["DEPLOYED", "IN_PROGRESS"] | None
    """None: the accelerator's API could not be reached."""
    accelerator_enabled: bool | None
    regions: dict[str, RegionView]
    alarms: dict[str, str | None] = field(default_factory=dict)
    """Name -> OK, ALARM, INSUFFICIENT_DATA; None: could not be read."""
    faults: tuple[ActiveFault, ...] | None = None
    """The active faults; None: none of them could be read."""
    faults_unread: tuple[str, ...] = ()
    """Scopes (`network of us-west-2`; see muster.levers.fault_scope) whose faults could not be
    read."""
    problems: tuple[str, ...] = ()
    """What could not be read and why, as lines for a person."""
