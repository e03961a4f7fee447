"""Faults: what is broken on purpose, until when, and what that means for whom. Pure.

A fault belongs to one process of the twin. It says one thing about one side of it, so a later one
about the same side takes the place of the earlier:

    side          kinds                    who makes it so            who ends it in time
    the process   kill, stop, freeze       the `twin` command         the gateway
    replication   replication-pause        the Region itself          the Region itself
    the network   network-cut, -slow       edge, gateway, Regions     each of them

Where faults are written down, and how processes hear of them, is twin.faults.watch's business.
Times are seconds since 1970, so that a fault that was begun before a restart ends when it was
meant to.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from twin.errors import UsageError

MAX_DELAY_MS = 60_000.0
MAX_DURATION_S = 7 * 86400.0


class FaultKind(StrEnum):
    """What is broken."""

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
    """One fault."""

    kind: FaultKind
    role: str
    """Whose: `control`, `edge`, `region/NAME`."""
    region: str = ""
    """The Region's name, for a fault of a Region."""
    since_s: float
    until_s: float | None = None
    """When it ends by itself; None: not before somebody ends it."""
    delay_ms: float = 0.0
    """Of a slow network: added each way."""

    @property
    def name(self) -> str:
        """`region-kill`, `control-stop`, `network-cut`, ..."""
        if self.kind not in PROCESS_FAULTS:
            return str(self.kind)
        return f"{'region' if self.region else self.role}-{self.kind}"

    def left_s(self, now: float) -> float | None:
        """Seconds until it ends by itself, below 0 when it should have; None without an end."""
        return None if self.until_s is None else self.until_s - now

    def over(self, now: float) -> bool:
        """Whether its time is over."""
        return self.until_s is not None and self.until_s <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class Faults:
    """All faults that are written down."""

    faults: tuple[Fault, ...] = ()

    def begun(self, fault: Fault) -> "Faults":
        """With this fault, in the place of one that says something of the same side."""
        return Faults(faults=(*self.ended(fault.role, _side(fault.kind)).faults, fault))

    def ended(self, role: str, kinds: frozenset[FaultKind]) -> "Faults":
        """Without the faults of these kinds of this process."""
        kept = (f for f in self.faults if f.role != role or f.kind not in kinds)
        return Faults(faults=tuple(kept))

    def without(self, fault: Fault) -> "Faults":
        """Without exactly this one: another that has taken its place stays."""
        return Faults(faults=tuple(f for f in self.faults if f != fault))

    def in_force(self, now: float) -> "Faults":
        """Those that bind the processes themselves at this time.

        A process that was killed stays dead until it is started, so those do not end by the clock.
        """
        kept = (f for f in self.faults if f.kind in PROCESS_FAULTS or not f.over(now))
        return Faults(faults=tuple(kept))

    def to_end(self, now: float) -> tuple[Fault, ...]:
        """Faults of processes whose time is over: somebody has to start these."""
        return tuple(f for f in self.faults if f.kind in PROCESS_FAULTS and f.over(now))

    def next_end_s(self, now: float) -> float | None:
        """Seconds until the next one ends; None when none has an end to come."""
        left = (f.until_s - now for f in self.faults if f.until_s is not None and not f.over(now))
        return min(left, default=None)

    def shown(self, now: float, is_broken: Callable[[Fault], bool]) -> tuple[Fault, ...]:
        """Those that are to be seen now.

        A process that was started by other means is no longer broken; `is_broken` says so.
        """
        return tuple(
            f for f in self.in_force(now).faults if f.kind not in PROCESS_FAULTS or is_broken(f)
        )

    def pauses(self, region: str) -> bool:
        """Whether the Region's replication is paused."""
        return any(f.kind is FaultKind.PAUSE and f.region == region for f in self.faults)

    @property
    def network(self) -> "NetworkState":
        """How the network is."""
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


def _side(kind: FaultKind) -> frozenset[FaultKind]:
    return next(side for side in FAULT_SCOPES if kind in side)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """The way between a Region and all that is outside of it."""

    cut: bool = False
    """Nothing passes; nobody is told."""
    delay_s: float = 0.0
    """Added each way."""


CLEAR_LINK = Link()


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkState:
    """The ways of all Regions."""

    links: Mapping[str, Link] = field(default_factory=dict)
    """Region -> its way; those that are clear are left out."""

    def link(self, region: str) -> Link:
        """A Region's way to the edge and to everybody else."""
        return self.links.get(region, CLEAR_LINK)

    def between(self, one: str, other: str) -> Link:
        """The way from one Region to another: over both their ways."""
        first, second = self.link(one), self.link(other)
        return Link(cut=first.cut or second.cut, delay_s=first.delay_s + second.delay_s)


CLEAR_NETWORK = NetworkState()


def validate_fault(fault: Fault) -> Fault:
    """The same fault. Raises UsageError for a time or a delay that can't be meant."""
    for_s, delay_ms = fault.left_s(fault.since_s), fault.delay_ms
    if for_s is not None and not 0 < for_s <= MAX_DURATION_S:
        raise UsageError(f"--for {for_s:g}: must be above 0 and at most {MAX_DURATION_S:g} seconds")
    if fault.kind is FaultKind.SLOW and not 0 < delay_ms <= MAX_DELAY_MS:
        raise UsageError(f"--delay-ms {delay_ms:g}: must be above 0 and at most {MAX_DELAY_MS:g}")
    return fault
