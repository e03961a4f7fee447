"""moto's services with a journal: a call that changes state is journaled before its answer.

The journal holds the calls that succeeded, except for superseded ones; a replay repeats exactly
these. Data that is sent through control planes (metric data, log events, alarm states) is not in
it, and may be lost by a restart.

A call that fails changes nothing: what moto has changed before its error is undone from a snapshot.
A small state gets a snapshot before each call. A snapshot of a large one takes longer than a call;
so it is kept for as many calls as cost the same, and an undo repeats these calls.

A start goes on from the last checkpoint (twin.control.checkpoint), and replays the calls after it.

A replay may leave out the calls that a later one has superseded. Each call of the table below
writes one resource slot as a whole, whatever was in it before, and nothing else. It is superseded
by a later call that writes the same slot, unless a call between them may have read the slot. Every
other call may read every slot. A failed call of the table, and one that writes another slot of the
same service and Region, may too: Lambda checks a reservation of concurrency against those of the
Region's other functions. Calls of the table in other Regions read nothing of it.

So a replay ends in the same state with and without the superseded calls. Ids and times stay the
same as well, since an entry keeps its number and its time.

Not in the table, though drills and `pulumi up` make them: a published version is a resource that
stays; most updates change some settings and keep the rest; putting an alarm again keeps part of it.
Global Accelerator's calls are not in the journal at all.
"""

import logging
import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from common.clock import Clock
from twin.control.document_service import describe_write_error
from twin.control.journal.call_journal import CallEntry, CallJournal, make_call_entry
from twin.control.journal.checkpoint import Checkpoint, CheckpointFile, checkpoint_path
from twin.moto.calls.aws_call import (
    UNJOURNALED_OPERATIONS,
    AwsCall,
    AwsResponse,
    aws_error_response,
)
from twin.moto.calls.dry_runs import answer_dry_run, read_dry_run
from twin.moto.calls.request_parser import service_key
from twin.moto.lambda_.code_uploads import CodeUpload
from twin.moto.services import MotoServices
from twin.moto.state_snapshot import SnapshotFailed, StateSnapshot

# PutFunctionConcurrency and DeleteFunctionConcurrency, as every drill that throttles makes them.
# Only plain names match: an ARN would be another name of the same slot.
# https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
_SLOT_WRITES = (
    ("lambda", ("PUT", "DELETE"), re.compile(r"/2017-10-31/functions/([\w-]+)/concurrency")),
)


class ResourceSlot(NamedTuple):
    """A piece of state that one call writes as a whole."""

    service: str
    region: str
    name: str


class RecordedCall(NamedTuple):
    """A call of the journal."""

    number: int
    call: AwsCall
    succeeded: bool


def find_superseded_calls(calls: Iterable[RecordedCall]) -> frozenset[int]:
    """Numbers of the calls that a replay of all of them may leave out."""
    superseded: set[int] = set()
    last_writes: dict[tuple[str, str], tuple[ResourceSlot, int]] = {}
    """(service, Region) -> slot and number of the last write that nothing may have read since."""
    for number, call, succeeded in calls:
        slot = find_resource_slot(call) if succeeded else None
        if slot is None:
            last_writes.clear()
            continue
        before = last_writes.get((slot.service, slot.region))
        if before is not None and before[0] == slot:
            superseded.add(before[1])
        last_writes[slot.service, slot.region] = (slot, number)
    return frozenset(superseded)


def find_resource_slot(call: AwsCall) -> ResourceSlot | None:
    """The slot that the call writes as a whole if it succeeds; None for any other call."""
    if call.region is None:
        return None
    for service, methods, path in _SLOT_WRITES:
        match = path.fullmatch(call.path)
        if match and call.service == service and call.method in methods:
            return ResourceSlot(service, call.region, match[1])
    return None


log = logging.getLogger(__name__)

OWN_SERVICES = frozenset({"acm", "apigateway", "apigatewayv2", "route53"})
"""Services that control serves by itself now; journals of an earlier twin have calls of moto's."""
CALLS_PER_CHECKPOINT = 1000
"""Replaying as many takes less than a second."""
SNAPSHOT_BYTES_PER_CALL = 1 << 16
"""A snapshot of this size takes about as long as a call."""


def fail_to_save(call: AwsCall, cause: OSError) -> AwsResponse:
    """The error response to a call whose change can't be written."""
    problem = describe_write_error(cause)
    log.error("%s failed: %s", call.label, problem)
    return aws_error_response(call, 500, "InternalFailure", problem)


def _refuse_state(call: AwsCall, problem: str | None) -> AwsResponse | None:
    """The error response to a call that leads to a state that can't be published."""
    if problem is None:
        return None
    return aws_error_response(call, 400, "InvalidParameterValue", problem)


class JournaledServices:
    """moto's services, and the journal that restores them."""

    def __init__(
        self,
        moto: MotoServices,
        journal: CallJournal,
        checkpoints: CheckpointFile,
        clock: Clock,
        *,
        calls_per_checkpoint: int = CALLS_PER_CHECKPOINT,
    ) -> None:
        """Use `restore_services`."""
        self.moto = moto
        self.journaled_calls = 0
        self._journal = journal
        self._checkpoints = checkpoints
        self._clock = clock
        self._calls_per_checkpoint = calls_per_checkpoint
        self._last_number = 0
        self._checkpointed = 0
        """Number of the last call in the checkpoint."""
        self._snapshot: StateSnapshot | None = None
        self._since_snapshot: list[CallEntry] = []
        moto.alarms.on_change = self._forget_snapshot

    def handle(
        self,
        call: AwsCall,
        find_problem: Callable[[], str | None],
        upload: CodeUpload | None = None,
    ) -> AwsResponse:
        """Answer a call; one that has changed state is in the journal by then.

        `find_problem` says why the state after the call can't be published, if so. A call that
        fails, or that leads to such a state, leaves no trace. `upload` is the same call with a
        reference to the function's zip.
        """
        upload = upload or CodeUpload(call)
        rejection = self.moto.reject(upload.call)
        if rejection is not None:
            return rejection
        meant = read_dry_run(call)
        if meant is not None:
            response = self._try_out(meant, find_problem)
            return answer_dry_run(call) if response.succeeded else response
        if not call.changes_state:
            if call.operation in UNJOURNALED_OPERATIONS:
                self._forget_snapshot()
            return self.moto.read(call)
        return self._change(call, find_problem, upload)

    def _change(
        self, call: AwsCall, find_problem: Callable[[], str | None], upload: CodeUpload
    ) -> AwsResponse:
        """Answer a call that may change state."""
        self._prepare_undo()
        number, at = self._last_number + 1, self._clock.now()
        response = self.moto.change(upload.call, number, at, archive=upload.archive)
        if not response.succeeded:
            self._undo(call)
            return response
        problem = _refuse_state(call, find_problem())
        if problem is not None:
            self._undo(call)
            return problem
        entry = make_call_entry(number, at, call, response)
        try:
            self._journal.append(entry)
        except OSError as exc:
            self._undo(call)  # the journal does not have it
            return fail_to_save(call, exc)
        self._since_snapshot.append(entry)
        self._last_number = number
        self.journaled_calls += 1
        if number - self._checkpointed >= self._calls_per_checkpoint:
            self.write_checkpoint()
        return response

    def _try_out(self, call: AwsCall, find_problem: Callable[[], str | None]) -> AwsResponse:
        """What the call would be answered now; it leaves no trace."""
        if not call.changes_state:
            return self.moto.read(call)
        self._prepare_undo()
        response = self.moto.change(call, self._last_number + 1, self._clock.now())
        problem = _refuse_state(call, find_problem()) if response.succeeded else None
        self._undo(call)
        return problem or response

    def _prepare_undo(self) -> None:
        """Take a snapshot, unless the one at hand and the calls since are cheaper to restore."""
        allowed = len(self._since_snapshot) * SNAPSHOT_BYTES_PER_CALL
        if self._snapshot is not None and len(self._snapshot.content) > allowed:
            return
        self._keep_snapshot()

    def _forget_snapshot(self) -> None:
        """What is not in the journal has changed: going back to the snapshot would lose it."""
        self._snapshot = None

    def _keep_snapshot(self) -> None:
        """Let the next undo go back to the present state."""
        try:
            self._snapshot = self.moto.take_snapshot()
        except SnapshotFailed as exc:
            log.warning("%s; a failed call is undone by a replay of the journal", exc)
            self._snapshot = None
        self._since_snapshot.clear()

    def _undo(self, call: AwsCall) -> None:
        """Put back what a call has changed that failed or was tried out."""
        if self._snapshot is None:
            self._replay_all()
            return
        if not self._since_snapshot and self._is_as_in(self._snapshot):
            return
        log.info("what %s has changed is undone", call.label)
        self.moto.restore_snapshot(self._snapshot)
        if self._since_snapshot:
            for entry in self._since_snapshot:
                self.moto.change(entry.call, entry.number, entry.at)
            self._keep_snapshot()  # so that the next failure does not repeat these calls again

    def _is_as_in(self, snapshot: StateSnapshot) -> bool:
        try:
            return self.moto.take_snapshot().content == snapshot.content
        except SnapshotFailed:
            return False

    # -- restoring

    def restore(self) -> None:
        """Bring moto to the state that the journal's calls make up."""
        checkpoint = self._checkpoints.read()
        if checkpoint is None or not self._restore_checkpoint(checkpoint):
            self._replay_all()
            return
        self._replay(after=checkpoint.number)
        self._checkpointed = checkpoint.number
        if self._last_number < checkpoint.number:
            log.error(
                "%s has lost its end: it ends at call %d, the checkpoint at call %d, and that "
                "state is in force",
                self._journal.path,
                self._last_number,
                checkpoint.number,
            )
            self._last_number = checkpoint.number

    def _restore_checkpoint(self, checkpoint: Checkpoint) -> bool:
        try:
            self.moto.restore_snapshot(checkpoint.snapshot)
        except Exception as exc:  # noqa: BLE001 - a pickle may fail with anything
            log.warning("The checkpoint can't be used; all is replayed: %r", exc)
            return False
        return True

    def _replay_all(self) -> None:
        self.moto.reset()
        self._replay(after=0)

    def _replay(self, *, after: int) -> None:
        """Repeat the calls of the journal with higher numbers."""
        self.journaled_calls, self._last_number = 0, 0
        self._snapshot = None
        self._since_snapshot.clear()
        for entry in self._journal.read_entries():
            self._last_number = entry.number
            self.journaled_calls += 1
            if entry.number > after:
                self._repeat(entry)

    def _repeat(self, entry: CallEntry) -> None:
        if service_key(entry.call) in OWN_SERVICES:
            return
        response = self.moto.change(entry.call, entry.number, entry.at)
        if not entry.is_answered_by(response):
            log.warning(
                "%s: call %d (%s) was answered differently this time (status %d, then %d)",
                self._journal.path,
                entry.number,
                entry.call.label,
                response.status,
                entry.status,
            )

    def write_checkpoint(self) -> None:
        """Keep the present state on disk, unless the checkpoint has it already."""
        number = self._last_number
        if number == self._checkpointed:
            return
        self._checkpointed = number
        try:
            self._checkpoints.write(Checkpoint(number=number, snapshot=self.moto.take_snapshot()))
        except (SnapshotFailed, OSError) as exc:
            log.warning("No checkpoint after call %d, the next start takes longer: %s", number, exc)


def restore_services(
    journal: CallJournal,
    *,
    account: str,
    addresses: Callable[[str, int], str],
    clock: Clock,
    speed: float,
) -> JournaledServices:
    """Compact the journal, load moto and restore its state.

    `addresses` maps a Region and the index of a load balancer to its address.
    """
    if left_out := journal.compact(_find_superseded_entries):
        log.info("%s: %d calls that later ones supersede are left out", journal.path, left_out)
    moto = MotoServices(
        account=account,
        addresses=addresses,
        clock=clock,
        created_at=journal.header.born,
        speed=speed,
    )
    checkpoints = CheckpointFile(checkpoint_path(journal.path), journal.header.born)
    services = JournaledServices(moto, journal, checkpoints, clock)
    services.restore()
    return services


def _find_superseded_entries(entries: Iterator[CallEntry]) -> frozenset[int]:
    return find_superseded_calls(
        RecordedCall(entry.number, entry.call, entry.succeeded) for entry in entries
    )
