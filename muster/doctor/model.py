"""Readings, and the findings made of them. Frozen, without I/O."""

from dataclasses import dataclass
from typing import Literal

from muster.drill.notify.destination_checks import DestinationCheck
from muster.drill.run.lease import LeaseStatus
from muster.model import Stack, SystemView

Verdict = Literal["ok", "note", "wrong", "unknown"]
"""`note` is worth knowing, and does not change the exit code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found, and what to do about it."""

    check: str
    verdict: Verdict
    what: str
    todo: str = ""
    """Empty where nothing is to be done."""


@dataclass(frozen=True, slots=True)
class Unread:
    """A reading that failed."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallerReading:
    """Whose credentials these are."""

    account: str
    arn: str
    temporary: bool
    ends_epoch_s: float | None
    """When they end, in seconds since 1970; None: never, or not known."""
    clock_ahead_s: float | None
    """By how much this machine's clock is ahead of AWS's; None: AWS did not say its time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaReading:
    """A quota of the account in a Region, and how much of it is used."""

    name: str
    region: str
    limit: float | Unread
    used: float | Unread
    needs: float
    """How much the stack adds; 0 if it is deployed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConcurrencyReading:
    """Lambda's concurrent executions in a Region: of the account, and what nobody has reserved."""

    region: str
    limit: float
    unreserved: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PermissionReading:
    """Whether the caller may do something, by the policy simulator."""

    action: str
    resource: str
    purpose: str
    allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceReading:
    """A vantage point of the prober, and why this machine can't send from it (empty: it can)."""

    name: str
    source: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """Everything that the checks decide by. None: not read, since it does not apply."""

    now: float
    """Seconds since 1970."""
    target: Literal["aws", "twin"]
    stack: Stack | Unread
    caller: CallerReading | Unread
    concurrency: tuple[ConcurrencyReading | Unread, ...] = ()
    quotas: tuple[QuotaReading, ...] = ()
    permissions: tuple[PermissionReading, ...] | Unread | None = None
    view: SystemView | Unread | None = None
    lease: LeaseStatus | None = None
    places: tuple[PlaceReading, ...] | Unread = ()
    destinations: tuple[DestinationCheck, ...] = ()
    """Who is told about drills."""
    late_share: float = 0.0
    """Share (0 to 1) of short sleeps that ended late: the prober would send as late."""
    deploys: bool = False
    """Whether this is about a first deployment, which has no outputs."""
    reserves: int = 0
    """How many concurrent executions a first deployment reserves in each Region."""
