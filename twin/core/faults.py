"""Injected faults: which ones are active, when they expire, and how they replace each other. Pure.

A fault belongs to one process of the twin and hits one scope of it. A new fault replaces an older
one of the same process and scope:

    scope         kinds                    injected by                ended in time by
    the process   kill, stop, freeze       the `twin` command         the gateway
    replication   replication-pause        the Region itself          the Region itself
    the network   network-cut, -slow       edge, gateway, Regions     each of them

twin.faults stores the faults in a file and lets processes watch it. Times are seconds since 1970,
so that a fault keeps its end over a restart.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType

from twin.errors import UsageError

MAX_DELAY_MS = 60_000.0
MAX_DURATION_S = 7 * 86400.0


class FaultKind(StrEnum):
    """Type of a fault."""

    KILL = "kill"
    STOP = "stop"
    FREEZE = "freeze"
    PAUSE = "replication-pause"
    CUT = "network-cut"
    SLOW = "network-slow"


PROCESS_FAULTS = frozenset({FaultKind.KILL, FaultKind.STOP, FaultKind.FREEZE})
REPLICATION_FAULTS = frozenset({FaultKind.PAUSE})
NETWORK_FAULTS = frozenset({FaultKind.CUT, FaultKind.SLOW})
FAULT_SCOPES = (PROCESS_FAULTS, REPLICATION_FAULTS, NETWORK_FAULTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One injected fault."""

    kind: FaultKind
    role: str
    """The process: `control`, `edge`, `region/NAME`."""
    region: str = ""
    """The Region's name; empty unless the process is a Region's."""
    since_s: float
    until_s: float | None = None
    """When it expires; None: never, a command has to end it."""
    delay_ms: float = 0.0
    """For network-slow: delay added in each direction."""
    by: str = ""
    """Who has injected it, by which command; empty: not known."""

    @property
    def name(self) -> str:
        """`region-kill`, `control-stop`, `network-cut`, ..."""
        if self.kind not in PROCESS_FAULTS:
            return str(self.kind)
        return f"{'region' if self.region else self.role}-{self.kind}"

    def remaining_s(self, now: float) -> float | None:
        """Seconds until it expires, negative after that; None when it never expires."""
        return None if self.until_s is None else self.until_s - now

    def is_over(self, now: float) -> bool:
        """Whether it has expired."""
        return self.until_s is not None and self.until_s <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedFault:
    """A fault that a command has ended."""

    fault: Fault
    at_s: float
    by: str
    """Who, by which command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """A set of faults, at most one for each process and scope."""

    faults: tuple[Fault, ...] = ()
    ended: tuple[EndedFault, ...] = ()
    """The last one that a command has ended, for each process and scope."""

    def with_fault(self, fault: Fault) -> "Faults":
        """Add the fault; it replaces one of the same process and scope."""
        kept = self.without_kinds(fault.role, _scope(fault.kind)).faults
        return replace(self, faults=(*kept, fault))

    def without_kinds(self, role: str, kinds: frozenset[FaultKind]) -> "Faults":
        """Remove the process's faults of these kinds."""
        kept = (f for f in self.faults if f.role != role or f.kind not in kinds)
        return replace(self, faults=tuple(kept))

    def end(self, role: str, kinds: frozenset[FaultKind], at_s: float, by: str) -> "Faults":
        """Remove the process's faults of these kinds, and keep who ended them."""
        after = self.without_kinds(role, kinds)
        ended = tuple(
            EndedFault(fault=fault, at_s=at_s, by=by)
            for fault in self.faults
            if fault not in after.faults
        )
        scopes = {_scope(one.fault.kind) for one in ended}
        before = (
            one
            for one in self.ended
            if one.fault.role != role or _scope(one.fault.kind) not in scopes
        )
        return replace(after, ended=(*before, *ended))

    def without_fault(self, fault: Fault) -> "Faults":
        """Remove exactly this fault; one that replaced it stays."""
        return replace(self, faults=tuple(f for f in self.faults if f != fault))

    def active_at(self, now: float) -> "Faults":
        """The faults that are active at this time.

        A process fault stays active after its expiry, until the gateway has started the process.
        """
        kept = (f for f in self.faults if f.kind in PROCESS_FAULTS or not f.is_over(now))
        return replace(self, faults=tuple(kept))

    def expired_process_faults(self, now: float) -> tuple[Fault, ...]:
        """Faults whose processes the gateway has to start or resume now."""
        return tuple(f for f in self.faults if f.kind in PROCESS_FAULTS and f.is_over(now))

    def next_expiry_s(self, now: float) -> float | None:
        """Seconds until the next fault expires; None when none will."""
        ends = (f.until_s for f in self.faults if f.until_s is not None and not f.is_over(now))
        return min((until_s - now for until_s in ends), default=None)

    def visible(self, now: float, is_broken: Callable[[Fault], bool]) -> tuple[Fault, ...]:
        """The active faults to report.

        `is_broken` is False for a process fault whose process was started by other means.
        """
        active = self.active_at(now).faults
        return tuple(f for f in active if f.kind not in PROCESS_FAULTS or is_broken(f))

    def pauses_replication(self, region: str) -> bool:
        """Whether the Region's replication is paused."""
        return any(f.kind is FaultKind.PAUSE and f.region == region for f in self.faults)

    @property
    def network(self) -> "NetworkState":
        """The network's state under these faults."""
        return NetworkState(
            links=MappingProxyType(
                {
                    fault.region: Link(
                        cut=fault.kind is FaultKind.CUT, delay_s=fault.delay_ms / 1000
                    )
                    for fault in self.faults
                    if fault.kind in NETWORK_FAULTS
                }
            )
        )


def _scope(kind: FaultKind) -> frozenset[FaultKind]:
    return next(scope for scope in FAULT_SCOPES if kind in scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The network link between a Region and everything outside of it."""

    cut: bool = False
    """All packets are dropped silently."""
    delay_s: float = 0.0
    """Added in each direction."""


CLEAR_LINK = Link()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkState:
    """The links of all Regions."""

    links: Mapping[str, Link] = field(default_factory=dict)
    """Region -> its link; clear links are left out."""

    def link(self, region: str) -> Link:
        """The link between a Region and the edge."""
        return self.links.get(region, CLEAR_LINK)

    def link_between(self, one: str, other: str) -> Link:
        """The path between two Regions: both their links in a row."""
        first, second = self.link(one), self.link(other)
        return Link(cut=first.cut or second.cut, delay_s=first.delay_s + second.delay_s)


CLEAR_NETWORK = NetworkState()


def validate_fault(fault: Fault) -> Fault:
    """Return the fault; raise UsageError for a duration or a delay out of range."""
    duration_s, delay_ms = fault.remaining_s(fault.since_s), fault.delay_ms
    if duration_s is not None and not 0 < duration_s <= MAX_DURATION_S:
        raise UsageError(
            f"--for {duration_s:g}: must be above 0 and at most {MAX_DURATION_S:g} seconds"
        )
    if fault.kind is FaultKind.SLOW and not 0 < delay_ms <= MAX_DELAY_MS:
        raise UsageError(f"--delay-ms {delay_ms:g}: must be above 0 and at most {MAX_DELAY_MS:g}")
    return fault
