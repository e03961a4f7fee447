"""What the phases of a run share: its journal and state, the present view, and the lease.

When the journal can't be written any more, the drill stops; its state lives on in memory, so that
the rollback still happens.
"""

from collections.abc import Iterable

from common.drill_lease import DrillProgress
from muster.drill.guards.context import GuardContext
from muster.drill.guards.expected_alarms import AlarmFilter
from muster.drill.journal.events import BaselineRecorded, JournalEvent, JournalLine, NoteAdded
from muster.drill.journal.journal_file import JournalWriter
from muster.drill.journal.run_state import RunState
from muster.drill.observation.probe_window import (
    Observation,
    ProbeWindow,
    has_unknown_lag,
    merge_own_lags,
    read_door_measure,
    read_measure,
)
from muster.drill.observation.replication_tracker import update_lags
from muster.drill.observation.settings_reader import read_settings
from muster.drill.plan.instructions import (
    DOORED_MEASURES,
    ExpectMeasure,
    Instruction,
    describe_instruction,
    instruction_region,
)
from muster.drill.plan.model import DrillPlan, StopCondition
from muster.drill.run.interference_stop import InterferenceStop
from muster.drill.run.lease import Lease, LeaseStatus
from muster.drill.run.ports import DrillPorts
from muster.drill.run.stop import StopRequest
from muster.drill.run.unexpected_errors import describe_error, result_or_error
from muster.errors import InvalidJournal, MusterError
from muster.formatting import format_duration
from muster.model import RegionView, SystemView


class DrillSession:
    """One process's work on a run."""

    def __init__(
        self,
        ports: DrillPorts,
        journal: JournalWriter,
        state: RunState,
        stop: StopRequest,
        forced: Iterable[str] = (),
    ) -> None:
        """`state` is the journal's so far.

        `forced`: guards that this process overrides, beside those of the plan.
        """
        self.ports = ports
        self.forced = tuple(dict.fromkeys((*state.plan.forced, *forced)))
        self.state = state
        self.stop = stop
        self.observation = Observation()
        self.view: SystemView | None = None
        self.recent_lags_s = {region: dict(lags_s) for region, lags_s in state.lags_s.items()}
        self.dropped_orders: set[int] = set()
        """Numbers of the orders that this process ignores."""
        self._journal: JournalWriter | None = journal
        self._own_lags_s: dict[str, dict[str, float]] = {}
        self._window = ProbeWindow(self.plan.regions, self.plan.door)
        self._probing = False
        self._interference = InterferenceStop(
            ports, state, stop, forced=self.forced, record=self.record
        )

    @property
    def plan(self) -> DrillPlan:
        return self.state.plan

    def now_s(self) -> float:
        """Monotonic seconds."""
        return self.ports.clock.monotonic()

    def record(self, event: JournalEvent, *, must: bool = False) -> None:
        """Journal an event and apply it to the state.

        If the journal fails, the drill stops; with `must` this raises InvalidJournal too.
        """
        line = self._append(event, must=must)
        self.state.apply(line)
        self.ports.listener.on_event(line)

    def _append(self, event: JournalEvent, *, must: bool) -> JournalLine:
        if self._journal is not None:
            try:
                return self._journal.append(event)
            except InvalidJournal as exc:
                self._journal = None
                self.ports.listener.on_note(f"{exc}; the drill stops, and rolls back from memory")
                self.stop.request("step", str(exc))
                if must:
                    raise
        elif must:
            raise InvalidJournal("journal", 0, "was lost")
        return JournalLine(n=0, at_s=self.now_s(), at=self.ports.clock.now(), event=event)

    def note(self, words: str) -> None:
        """Journal a remark."""
        self.record(NoteAdded(words=words))

    def show_wait(self, waits: str, at_most_s: float) -> None:
        """Show a person what the drill waits for, how long at most, and the way out."""
        left = "rolls back" if self.state.actions_started else "nothing has been changed"
        self.ports.listener.on_note(
            f"{waits}, for {format_duration(at_most_s)} at most; Ctrl-C ends the drill, and {left}"
        )

    async def read_view(self) -> SystemView:
        """The system now, with the lags that our own writes show. An error blinds the view.

        A view that confirms an interference stops the drill.
        """
        began_s = self.now_s()
        view = await result_or_error(self.ports.telemetry.view())
        if isinstance(view, Exception):
            view = _blind_view(self.plan, describe_error(view))
        self.read_probes()
        self.view = merge_own_lags(view, self.observation)
        update_lags(self._own_lags_s, self.observation.recent_lags_s)
        update_lags(
            self.recent_lags_s, {name: seen.lags_s for name, seen in self.view.regions.items()}
        )
        # An emptied Region writes nothing more: the lags of its last writes count.
        update_lags(self.recent_lags_s, self._own_lags_s)
        merged = self.view
        await self._interference.look(merged, began_s)
        return merged

    @property
    def interference_is_suspected(self) -> bool:
        """Whether the last view showed an interference, which the next one may confirm."""
        return self._interference.is_suspected

    @property
    def deployment_is_suspected(self) -> bool:
        """Whether the next view may confirm that somebody has deployed the stack."""
        return self._interference.is_deployment_suspected

    def expect_rollback_of(self, other: Lease) -> None:
        """Name the run whose lease was taken over, should it change what this drill relies on."""
        self._interference.displaced = other

    def read_probes(self) -> None:
        """Update the observation."""
        if self._probing:
            try:
                self._window.add(self.ports.probes.read())
            except MusterError as exc:
                self.stop.request("probes", str(exc))
            self.observation = self._window.observe(self.now_s())

    def show(self) -> None:
        """Show the present observation and the last view."""
        self.read_probes()
        self.ports.listener.on_observation(self.observation, self.view)

    async def start_probing(self) -> None:
        """Raises MusterError."""
        await self.ports.probes.start()
        self._probing = True

    def measure(self, expect: ExpectMeasure | StopCondition) -> float | None:
        """A measure's present value; None: unknown.

        An expected lag must be known everywhere, and an expected error rate holds whatever
        becomes of the requests that wait for their answer.
        """
        view = self.view or _blind_view(self.plan, "")
        expects_lag = isinstance(expect, ExpectMeasure) and expect.measure == "replication-lag"
        if expects_lag and has_unknown_lag(expect.region, view, self.observation.answering):
            return None
        named = expect.door if isinstance(expect, ExpectMeasure) else None
        door = named or self.plan.door
        at_dns = "dns" in (door, self.plan.door)
        if isinstance(expect, ExpectMeasure) and expect.measure == "error-rate":
            seen = self.observation.at_door(door) if at_dns else self.observation
            return seen.highest_error_rate
        if expect.measure in DOORED_MEASURES and at_dns:
            return read_door_measure(door, expect.measure, expect.region, view, self.observation)
        expected = AlarmFilter(
            stack_alarms=self.ports.stack_alarms,
            broken=self.state.broken,
            disturbed=self.state.disturbed,
        )
        return read_measure(expect.measure, expect.region, view, self.observation, expected)

    def record_baseline(self, view: SystemView) -> bool:
        """Journal the part of the baseline that can be read now.

        True if that has a new part of what the drill changes, which the lease must have too.
        """
        before, seen = self.state.baseline, read_settings(view)
        # A scope that this drill may have changed is not baseline; only old journals lack it.
        baseline = seen.select(self.plan.changes, without_scopes=self.state.changes.scopes)
        if before.merge(baseline) == before and self.state.seen.merge(seen) == self.state.seen:
            return False
        self.record(BaselineRecorded(state=baseline, seen=seen), must=True)
        return self.state.baseline != before

    async def peek_lease(self) -> LeaseStatus:
        """The lease's status, as it is."""
        return await self.ports.lease.status(self.state.run)

    async def read_lease_status(self) -> LeaseStatus:
        """The lease's status; acquires a free lease."""
        status = await self.peek_lease()
        return await self.acquire_lease() if status.state == "free" else status

    def guard_context(self, do: Instruction, view: SystemView, lease: LeaseStatus) -> GuardContext:
        """What the guards decide by."""
        return GuardContext(
            do=do,
            view=view,
            limits=self.plan.limits,
            lease=lease,
            answering=self.observation.answering,
            answering_dns=self.observation.at_door("dns").answering,
            broken=self.state.broken,
            stack_alarms=self.ports.stack_alarms,
            disturbed=self.state.disturbed,
            faults=self.state.changes.faults,
            baseline_faults=self.state.baseline.active_faults,
            recent_lags_s=self.recent_lags_s,
            emptied_s=self._emptied_s(instruction_region(do)),
            degraded_s=self.state.emptied_s.get(instruction_region(do) or ""),
            now_s=self.now_s(),
            now=self.ports.clock.now(),
        )

    def _emptied_s(self, region: str | None) -> float | None:
        """Since when a degraded Region answers no new connection at the doors that have moved."""
        degraded_s = self.state.emptied_s.get(region or "")
        if region is None or degraded_s is None:
            return None
        doors = self.state.moved_doors.get(region, ())
        seen = (self.observation.last_good_at(door, region) for door in doors)
        return max((degraded_s, *(at_s for at_s in seen if at_s is not None)))

    def make_lease(self) -> Lease:
        """The lease of this run."""
        process = self.ports.process
        return Lease(
            run=self.state.run,
            scenario=self.plan.scenario,
            by=process.by,
            host=process.host,
            until=0.0,
            found=self.state.baseline,
            touched=self.plan.changes,
            progress=self.progress(),
        )

    def progress(self) -> DrillProgress:
        """How far the run is, for those who would disturb it."""
        step = next(reversed(self.state.started), "")
        does = {one.id: one.activity for one in self.plan.steps}
        if step and step not in does:  # of the rollback
            does[step] = describe_instruction(self.state.started[step])
        return DrillProgress(
            started_at=self.state.opening.at,
            phase=self.state.phase,
            step=step,
            does=does.get(step, ""),
            folder=self.ports.folder,
            pid=self.ports.process.pid,
        )

    async def acquire_lease(self) -> LeaseStatus:
        """Take the lease, from anyone if guard `lease` is overridden."""
        return await self.ports.lease.acquire(self.make_lease(), force="lease" in self.forced)


def _blind_view(plan: DrillPlan, why: str) -> SystemView:
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
