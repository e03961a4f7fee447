"""Stops a drill when somebody changes what it did, or what it relies on.

In the method and while the targets are watched: each deviation is journaled, which makes the
numbers void, and the drill stops. A rollback goes on, since it puts back what the drill has changed
whatever it is by now. A deployment is journaled then, too: what it breaks may have stopped the
drill before it was seen.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence

from muster.drill.journal.events import InterferenceSeen, JournalEvent
from muster.drill.journal.run_state import RunState
from muster.drill.observation.interference import (
    OUTPUTS,
    Deviation,
    Expectation,
    Expected,
    InterferenceWatch,
    Setting,
    TimedView,
    is_changed_by,
)
from muster.drill.run.lease import Lease
from muster.drill.run.ports import DrillPorts
from muster.drill.run.stop import StopRequest
from muster.model import SystemView

WATCHED_PHASES = ("method", "targets")
LATE_PHASES = ("rollback", "closing")
DEPLOYED_KINDS = ("outputs", "function")
"""What a deployment changes, and no step of a drill."""
NAME_WITHIN_S = 3.0
"""How long the stop may wait for the name of who interfered."""


class InterferenceStop:
    """One process's watch over a run."""

    def __init__(
        self,
        ports: DrillPorts,
        state: RunState,
        stop: StopRequest,
        *,
        forced: Sequence[str],
        record: Callable[[JournalEvent], None],
    ) -> None:
        """`forced`: guards that are overridden. `record` journals an event."""
        self._ports = ports
        self._state = state
        self._stop = stop
        self._forced = forced
        self._record = record
        self.displaced: Lease | None = None
        """The lease that this process took over from another drill."""
        self._watch = InterferenceWatch()
        self._first_view_s: float | None = None
        self._versions: dict[Setting, Expectation] = {}
        """The version of each Region's function, by the first view of this process that has it."""

    @property
    def is_suspected(self) -> bool:
        """Whether the next view may confirm that somebody has interfered."""
        return self._state.phase in WATCHED_PHASES and bool(self._watch.suspected)

    @property
    def is_deployment_suspected(self) -> bool:
        """Whether the next view may confirm that somebody has deployed the stack."""
        return any(setting.kind in DEPLOYED_KINDS for setting in self._watch.suspected)

    async def look(self, view: SystemView, began_s: float) -> None:
        """Compare a view that was begun at `began_s` with what is expected."""
        clock = self._ports.clock
        if self._first_view_s is None:
            self._first_view_s = began_s
        for region, found in view.regions.items():
            if found.function_version is not None:
                first = Expectation(value=found.function_version, since_s=began_s)
                self._versions.setdefault(Setting("function", region), first)
        seen = TimedView(view=view, began_s=began_s, ended_s=clock.monotonic(), now=clock.now())
        confirmed = self._watch.look(self._expected(self._first_view_s), seen)
        if self._state.phase in WATCHED_PHASES:
            await self._report(confirmed)
        elif self._state.phase in LATE_PHASES and self._state.stopped:
            await self._report(one for one in confirmed if one.setting.kind in DEPLOYED_KINDS)

    def _expected(self, first_view_s: float) -> Expected:
        """What the run expects, but for what the operator allows by overriding a guard."""
        expected = self._state.expected
        if "standing-fault" in self._forced:  # faults of another origin may come and go
            expected = {
                setting: one
                for setting, one in expected.items()
                if setting.kind != "fault" or one.value is not None
            }
        if "outputs" in self._forced:
            return expected
        return {
            **expected,
            **self._versions,
            OUTPUTS: Expectation(value=None, since_s=first_view_s),
        }

    async def _report(self, confirmed: Iterable[Deviation]) -> None:
        for one in confirmed:
            who = one.who or await self._name_hand(one) or self._name_displaced(one.setting)
            if self._is_new(one):  # another view may have confirmed it meanwhile
                self._record_interference(one, who)

    async def _name_hand(self, one: Deviation) -> str:
        clock = self._ports.clock
        since = clock.now() - (clock.monotonic() - one.last_good_s)
        try:
            async with asyncio.timeout(NAME_WITHIN_S):
                return await self._ports.name_hand(one.setting, since)
        except TimeoutError:
            return ""

    def _name_displaced(self, setting: Setting) -> str:
        """The drill that rolls back since this one took its lease over, if it changes this."""
        other = self.displaced
        if other is None or not is_changed_by(other.touched, setting):
            return ""
        return f"the rollback of run {other.run}, probably: this drill took its lease over"

    def _record_interference(self, one: Deviation, who: str) -> None:
        event = InterferenceSeen(
            what=one.setting.kind,
            where=one.setting.where,
            expected=one.expected,
            found=one.found,
            who=who,
            good_before_s=self._ports.clock.monotonic() - one.last_good_s,
        )
        self._record(event)
        if self._state.phase in WATCHED_PHASES:
            self._stop.request("interference", event.describe())

    def _is_new(self, one: Deviation) -> bool:
        setting = one.setting
        return not any(
            (event.what, event.where) == (setting.kind, setting.where)
            for event in self._state.interferences
        )
