"""moto and the journal together: calls that change something are remembered before their answer.

The journal holds every such call that reached moto, failed ones too, because a failed call may have
left something behind; so a replay goes through the very same calls, but for those that provably
make no difference any more (`compaction`). Data that is sent through control planes (metric data,
log events, an alarm's state) is not kept over a restart.
"""

import dataclasses
import logging
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

from common.clock import Clock
from twin.control.call_journal import CallEntry, CallJournal, make_call_entry
from twin.control.journal_compaction import RecordedCall, find_superseded_calls
from twin.moto.aws_call import AwsCall, AwsResponse, aws_error_response
from twin.moto.services import MotoServices
from twin.runtime.instance import Instance

log = logging.getLogger(__name__)

_KEPT_HEADERS = frozenset({"authorization", "content-type"})


def journal_path(instance: Instance) -> Path:
    """Where the control planes' journal lies."""
    return instance.state_dir / "control" / "journal"


class JournaledEngine:
    """The AWS services that moto plays."""

    def __init__(
        self, engine: MotoServices, recorded: CallJournal, clock: Clock, give_up: Callable[[], None]
    ) -> None:
        """Use `restore`."""
        self.engine = engine
        self._journal = recorded
        self._clock = clock
        self._give_up = give_up
        self.calls = 0
        """Calls in the journal."""
        self._last = 0
        """The number of the last of them."""

    def handle(self, call: AwsCall) -> AwsResponse:
        """Answer a call; one that changes something is in the journal by then."""
        if not call.changes_state:
            return self.engine.read(call)
        number, at = self._last + 1, self._clock.now()
        answer = self.engine.change(call, number, at)
        drafted = make_call_entry(number, at, call.method, call.url, _kept(call), call.body)
        recorded = dataclasses.replace(
            drafted, status=answer.status, answer=zlib.crc32(answer.body)
        )
        try:
            self._journal.append(recorded)
        except OSError as exc:
            return self._forgotten(call, exc)
        self._last = number
        self.calls += 1
        return answer

    def _forgotten(self, call: AwsCall, cause: OSError) -> AwsResponse:
        """moto has done what the journal does not know: start over rather than go on so."""
        message = f"{self._journal.path} can't be written ({cause}); control stops"
        log.critical("%s, and will not know of %s", message, call.label)
        self._give_up()
        return aws_error_response(call, 500, "InternalFailure", message)

    def replay(self) -> None:
        """Make moto what it was, call by call. Raises StateCorrupt."""
        for entry in self._journal.entries():
            call = _call(entry)
            answer = self.engine.change(call, entry.number, entry.at)
            self._last = entry.number
            self.calls += 1
            if (answer.status, zlib.crc32(answer.body)) != (entry.status, entry.answer):
                log.warning(
                    "%s: call %d (%s) was answered differently this time (status %d, then %d)",
                    self._journal.path,
                    entry.number,
                    call.label,
                    answer.status,
                    entry.status,
                )


def restore_engine(
    recorded: CallJournal,
    *,
    account: str,
    addresses: Callable[[str, int], str],
    clock: Clock,
    speed: float,
    give_up: Callable[[], None],
) -> JournaledEngine:
    """Load moto and bring it to where the journal ends. Raises StateCorrupt.

    `give_up` ends the process; it is called when a change can't be written down.
    """
    if left_out := recorded.compact(_void):
        log.info("%s: %d calls that later ones made void are left out", recorded.path, left_out)
    engine = MotoServices(
        account=account,
        addresses=addresses,
        clock=clock,
        born=recorded.birth.born,
        speed=speed,
    )
    planes = JournaledEngine(engine, recorded, clock, give_up)
    planes.replay()
    return planes


def _void(entries: Iterator[CallEntry]) -> frozenset[int]:
    return find_superseded_calls(
        RecordedCall(entry.number, _call(entry), entry.status < 400) for entry in entries
    )


def _call(entry: CallEntry) -> AwsCall:
    return AwsCall(method=entry.method, url=entry.url, headers=entry.headers, body=entry.raw_body)


def _kept(call: AwsCall) -> dict[str, str]:
    """The headers that say what a call is; the rest is transport."""
    return {
        name: value
        for name, value in call.headers.items()
        if name in _KEPT_HEADERS or name.startswith("x-amz")
    }
