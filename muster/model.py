"""The values that the operator's tool passes around: what is deployed, and how it looks now.

Frozen, without I/O. `SystemView` is the one picture that guards, plans and views judge; what could
not be read is None in it, and None never counts as good.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

SwitchStatus = Literal["auto", "fail", "pass"]
HealthState = Literal["HEALTHY", "UNHEALTHY", "INITIAL"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionOutputs:
    """One Region of the stack, as the stack's outputs say."""

    region: str
    alb_dns: str
    alb_arn: str
    endpoint_group_arn: str
    target_group_arn: str
    function_name: str
    declared_dial: float
    """Percent; the baseline that the program declares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stack:
    """What is deployed."""

    static_ips: tuple[str, ...]
    accelerator_dns: str
    accelerator_arn: str
    url: str
    regions: dict[str, RegionOutputs]
    table: str
    control_table: str
    home_region: str
    replication_pause_templates: dict[str, str] = field(default_factory=dict)
    """Region -> id of the FIS experiment template that pauses its replication; none without."""
    source: str = ""
    """Where the outputs were read."""

    @property
    def account(self) -> str:
        """The account that it is deployed in."""
        return self.accelerator_arn.split(":")[4]


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchSetting:
    """The health switch of a Region: the control table's item `health#REGION`."""

    status: SwitchStatus = "auto"
    by: str = ""
    why: str = ""
    until_epoch_s: float = 0.0
    """When it ends by itself; 0 without an end."""

    def status_at(self, now: float) -> SwitchStatus:
        """What it means at this time (seconds since 1970): an ended one counts as auto."""
        return "auto" if self.until_epoch_s and now >= self.until_epoch_s else self.status


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveFault:
    """Something that is broken on purpose, by whomever, and stands."""

    kind: str
    """As `muster.levers.FaultKind`, or what the twin calls one that the tool can't inject."""
    region: str | None = None
    """None for a fault of no Region."""
    parameters: dict[str, float | str] = field(default_factory=dict)
    """As a Fault has them, where they are known, but for its end and who injected it."""
    until_epoch_s: float | None = None
    """When it ends by itself, in seconds since 1970; None: not before somebody ends it, or not
    known."""
    by: str = ""
    """Who injected it; empty: not known."""


def largest_lag(lags: Mapping[str, float | None]) -> float | None:
    """The largest of the lags that are known; None of none."""
    return max((lag for lag in lags.values() if lag is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionView:
    """One Region now. None: could not be read."""

    region: str
    declared_dial: float
    dial: float | None
    endpoint: HealthState | None
    """As the accelerator sees its load balancer."""
    target: str | None
    """State of the load balancer's target: healthy, unhealthy, initial, ..."""
    switch: SwitchSetting | None
    replication_lag_s: float | None
    """Largest recent lag of writes that leave this Region, of those in `lags_s`."""
    new_connections_per_s: float | None
    requests_per_s: float | None
    concurrency_used: float | None
    concurrency_limit: float | None
    lags_s: dict[str, float | None] = field(default_factory=dict)
    """Recent lag by the Region that receives. None: nothing tells that writes come there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemView:
    """The whole system now."""

    account: str | None
    accelerator_status: Literal["DEPLOYED", "IN_PROGRESS"] | None
    """None: the accelerator's API could not be reached."""
    accelerator_enabled: bool | None
    regions: dict[str, RegionView]
    alarms: dict[str, str | None] = field(default_factory=dict)
    """Name -> OK, ALARM, INSUFFICIENT_DATA; None: could not be read."""
    faults: tuple[ActiveFault, ...] | None = None
    """What is broken on purpose; None: nothing of that could be read."""
    faults_unread: tuple[str, ...] = ()
    """Sides of the system (`network of us-west-2`; see muster.levers.side) of which it could not be
    read whether a fault stands."""
    problems: tuple[str, ...] = ()
    """What could not be read and why, in words."""
