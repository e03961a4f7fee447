"""One process's work on a run: the journal, the state that it means, and the picture of now.

Decides what is kept when the journal can't be written any more (the state goes on in memory, so
that a rollback still happens), and how telemetry and probes make one picture. Acts on nothing.
"""

import asyncio
import traceback
from collections.abc import Awaitable, Iterable
from pathlib import Path

from muster.drill.guards.context import GuardContext, active_faults_at
from muster.drill.journal.events import (
    BaselineRecorded,
    DrillBaseline,
    JournalEvent,
    JournalLine,
    NoteAdded,
)
from muster.drill.journal.journal_file import JournalWriter
from muster.drill.journal.run_state import RunState, planned_changes
from muster.drill.observation.probe_window import (
    Observation,
    ProbeWindow,
    has_unknown_lag,
    merge_own_lags,
    read_measure,
)
from muster.drill.observation.replication_tracker import update_lags
from muster.drill.plan.instructions import ExpectMeasure, Instruction, instruction_region
from muster.drill.plan.model import DrillPlan, StopCondition
from muster.drill.run.lease import RENEW_S, Lease, LeaseStatus
from muster.drill.run.ports import DrillPorts
from muster.drill.run.stop import StopRequest, StopTriggers
from muster.errors import InvalidJournal, MusterError
from muster.formatting import format_duration
from muster.model import RegionView, SystemView

TICK_S = 0.5
VIEW_EVERY_S = 2.0


class DrillSession:
    """What the phases of a run share."""

    def __init__(
        self,
        ports: DrillPorts,
        journal: JournalWriter,
        state: RunState,
        stop: StopRequest,
        forced: Iterable[str] = (),
    ) -> None:
        """`state` is what the journal means so far; it begins with an opening.

        `forced`: guards that this process overrides beside those that the plan does.
        """
        self.ports = ports
        self.forced = tuple(dict.fromkeys((*state.plan.forced, *forced)))
        self.state = state
        self.stop = stop
        self.observation = Observation()
        self.view: SystemView | None = None
        self.recent_lags_s: dict[str, dict[str, float]] = {}
        self._journal: JournalWriter | None = journal
        self._own_lags_s: dict[str, dict[str, float]] = {}
        self._window = ProbeWindow(self.plan.regions)
        self._probing = False

    @property
    def plan(self) -> DrillPlan:
        """The run's plan."""
        return self.state.plan

    @property
    def run(self) -> str:
        """The run's name."""
        assert self.state.opened is not None  # noqa: S101 - a state begins with an opening
        return self.state.opened.run

    def now_s(self) -> float:
        """Monotonic seconds."""
        return self.ports.clock.monotonic()

    def record(self, entry: JournalEvent, *, must: bool = False) -> None:
        """Journal an entry. When that fails the drill stops; with `must` it also raises."""
        line = self._written(entry, must=must)
        self.state.take(line)
        self.ports.listener.entry(line)

    def _written(self, entry: JournalEvent, *, must: bool) -> JournalLine:
        if self._journal is not None:
            try:
                return self._journal.append(entry)
            except InvalidJournal as exc:
                self._journal = None
                self.ports.listener.note(f"{exc}; the drill stops, and rolls back from memory")
                self.stop.ask("step", str(exc))
                if must:
                    raise
        elif must:
            raise InvalidJournal("journal", 0, "was lost")
        return JournalLine(n=0, at_s=self.now_s(), at=self.ports.clock.now(), entry=entry)

    def note(self, words: str) -> None:
        """Journal a remark."""
        self.record(NoteAdded(words=words))

    def tell_wait(self, waits: str, at_most_s: float) -> None:
        """Tell whoever watches what is waited for, how long (seconds), and the way out."""
        left = "rolls back" if self.state.effects else "nothing has been changed"
        self.ports.listener.note(
            f"{waits}, for {format_duration(at_most_s)} at most; Ctrl-C ends the drill, and {left}"
        )

    async def look(self) -> SystemView:
        """The system now: what telemetry says, with the lags that our own writes show."""
        try:
            view = await self.ports.telemetry.view()
        except MusterError as exc:
            view = _blind(self.plan, str(exc))
        except Exception as exc:  # noqa: BLE001 - unread for whatever reason; a rollback goes on
            view = _blind(self.plan, describe_unexpected_error(exc))
        self.observe()
        self.view = merge_own_lags(view, self.observation)
        update_lags(self._own_lags_s, self.observation.recent_lags_s)
        update_lags(
            self.recent_lags_s, {name: one.lags_s for name, one in self.view.regions.items()}
        )
        # An emptied Region writes nothing more: what its last writes took is what counts.
        update_lags(self.recent_lags_s, self._own_lags_s)
        return self.view

    def observe(self) -> Observation:
        """What the probes saw of late."""
        if self._probing:
            try:
                self._window.add(self.ports.probing.read())
            except MusterError as exc:
                self.stop.ask("probes", str(exc))
            self.observation = self._window.observe(self.now_s())
        return self.observation

    def show(self) -> None:
        """Tell the listener how it is."""
        self.observe()
        self.ports.listener.observed(self.observation, self.view)

    async def start_probing(self) -> None:
        """Begin to send probes. Raises MusterError."""
        await self.ports.probing.start()
        self._probing = True

    def value(self, expect: ExpectMeasure | StopCondition) -> float | None:
        """A measure's value now. What is expected of a lag is expected of all of it."""
        view = self.view or _blind(self.plan, "")
        whole = isinstance(expect, ExpectMeasure) and expect.measure == "replication-lag"
        if whole and has_unknown_lag(expect.region, view, self.observation.answering):
            return None
        return read_measure(
            expect.measure, expect.region, view, self.observation, self.state.broken
        )

    def found(self, view: SystemView) -> bool:
        """Journal what can be read now of how things were found, if it is news; whether it was."""
        touched = planned_changes(self.plan)
        # What this drill may have broken already was not found so; only an old journal lacks it.
        sides = [one for one in touched.sides if one not in self.state.sides]
        faults = {one: active_faults_at(view, one) for one in sides}
        seen = DrillBaseline(
            dials={
                name: one.dial
                for name, one in view.regions.items()
                if name in touched.dials and one.dial is not None
            },
            switches={
                name: one.switch
                for name, one in view.regions.items()
                if name in touched.switches and one.switch is not None
            },
            faults={name: found for name, found in faults.items() if found is not None},
        )
        if self.state.found.joined(seen) == self.state.found:
            return False
        self.record(BaselineRecorded(state=seen), must=True)
        return True

    async def context(self, do: Instruction, view: SystemView) -> GuardContext:
        """What the guards judge a step by. A lease that could not be taken before is taken now."""
        standing = await self.ports.leasing.standing(self.run)
        if standing.state == "free":
            standing = await self.take_lease()
        return self.seen(do, view, standing)

    def seen(self, do: Instruction, view: SystemView, standing: LeaseStatus) -> GuardContext:
        """The same, of a view and a lease that are known."""
        return GuardContext(
            do=do,
            view=view,
            limits=self.plan.limits,
            lease=standing.state,
            lease_words=standing.words,
            lease_way_out=standing.way_out,
            answering=self.observation.answering,
            broken=self.state.broken,
            faults=self.state.touched.faults,
            found=self.state.found.standing,
            recent_lags_s=self.recent_lags_s,
            emptied_s=self._emptied_s(instruction_region(do)),
            now_s=self.now_s(),
            at=self.ports.clock.now(),
        )

    def _emptied_s(self, region: str | None) -> float | None:
        """Since when a Region is empty: a lever was pulled, and it answers no new connection."""
        pulled_s = self.state.emptied_s.get(region or "")
        if pulled_s is None:
            return None
        return max(pulled_s, self.observation.last_good_s.get(region or "", pulled_s))

    def lease(self) -> Lease:
        """The lease item of this run."""
        who = self.ports.who
        return Lease(
            run=self.run,
            scenario=self.plan.scenario,
            by=who.by,
            host=who.host,
            until=0.0,
            found=self.state.found,
            touched=planned_changes(self.plan),
        )

    async def take_lease(self) -> LeaseStatus:
        """Take the lease; guard `lease` may be overridden."""
        return await self.ports.leasing.take(self.lease(), force="lease" in self.forced)

    async def watch(self) -> None:
        """Tell the listener how it is and stop when a stop condition says so, until cancelled."""
        triggers = StopTriggers(self.plan.stop_conditions)
        while True:
            self.show()
            failure = self.ports.probing.failure
            if failure is not None:
                self.stop.ask("probes", failure)
            fired = triggers.check(self.value, self.now_s())
            # Before the method the hypothesis decides; in a rollback there is nothing to stop.
            if fired is not None and self.state.phase in ("method", "targets"):
                self.stop.ask("stop-condition", fired)
            await self.ports.clock.sleep(TICK_S)

    async def keep_looking(self) -> None:
        """Read the system again and again, and keep the views, until cancelled."""
        while True:
            view = await self.look()
            self.ports.view_log.put(self.observation, view)
            await self.ports.clock.sleep(VIEW_EVERY_S)

    async def keep_lease(self) -> None:
        """Renew the lease, until cancelled; stop when somebody else has it."""
        while True:
            await self.ports.clock.sleep(RENEW_S)
            standing = await self.ports.leasing.renew(self.lease())
            if "lease" not in self.forced:
                self._heed(standing)

    def _heed(self, standing: LeaseStatus) -> None:
        """Stop when the lease is not ours any more."""
        if standing.state in ("held", "unfinished"):
            self.stop.ask("lease", f"somebody else took the lease: {standing.words}")
        elif standing.state == "gone":
            self.stop.ask("lease", "somebody has removed the lease, or rolled the drill back")

    async def in_background(self) -> None:
        """All that goes on beside the phases, until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._looked_after(self.ports.probing.run()))
            group.create_task(self._looked_after(self.watch()))
            group.create_task(self._looked_after(self.keep_looking()))
            group.create_task(self._looked_after(self.keep_lease()))

    async def _looked_after(self, work: Awaitable[None]) -> None:
        """An error beside the phases stops the drill, and leaves the rollback to its work."""
        try:
            await work
        except Exception as exc:  # noqa: BLE001 - whatever went wrong, what was changed is put back
            self.stop.ask("step", describe_unexpected_error(exc))


def describe_unexpected_error(error: Exception) -> str:
    """An error that nobody has foreseen, in one line with its place."""
    frames = traceback.extract_tb(error.__traceback__)
    at = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"this should not happen: {type(error).__name__}{at}: {error}"


def _blind(plan: DrillPlan, why: str) -> SystemView:
    """A view in which nothing could be read."""
    regions = {
        region: RegionView(
            region=region,
            declared_dial=100.0,
            dial=None,
            endpoint=None,
            target=None,
            switch=None,
            replication_lag_s=None,
            new_connections_per_s=None,
            requests_per_s=None,
            concurrency_used=None,
            concurrency_limit=None,
        )
        for region in plan.regions
    }
    return SystemView(
        account=None,
        accelerator_status=None,
        accelerator_enabled=None,
        regions=regions,
        problems=(why,),
    )
