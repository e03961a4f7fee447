"""moto's services with a journal: a call that changes state is journaled before its answer.

The journal holds every such call that reached moto, failed ones too, because a failed call may have
left something behind. A replay repeats exactly these calls, except for superseded ones
(journal_compaction). Data that is sent through control planes (metric data, log events, an alarm's
state) is not kept over a restart.
"""

import logging
from collections.abc import Callable, Iterator

from common.clock import Clock
from twin.control.call_journal import CallEntry, CallJournal, make_call_entry
from twin.control.journal_compaction import RecordedCall, find_superseded_calls
from twin.moto.aws_call import AwsCall, AwsResponse, aws_error_response
from twin.moto.services import MotoServices

log = logging.getLogger(__name__)


class JournaledServices:
    """moto's services, and the journal that restores them."""

    def __init__(
        self, moto: MotoServices, journal: CallJournal, clock: Clock, give_up: Callable[[], None]
    ) -> None:
        """Use `restore_services`."""
        self.moto = moto
        self.journaled_calls = 0
        self._journal = journal
        self._clock = clock
        self._give_up = give_up
        self._last_number = 0

    def handle(self, call: AwsCall) -> AwsResponse:
        """Answer a call; one that changes state is in the journal by then."""
        if not call.changes_state:
            return self.moto.read(call)
        number, at = self._last_number + 1, self._clock.now()
        response = self.moto.change(call, number, at)
        try:
            self._journal.append(make_call_entry(number, at, call, response))
        except OSError as exc:
            return self._give_up_on(call, exc)
        self._last_number = number
        self.journaled_calls += 1
        return response

    def _give_up_on(self, call: AwsCall, cause: OSError) -> AwsResponse:
        """moto has made a change that the journal lacks: end the process, and restore next time."""
        message = f"{self._journal.path} can't be written ({cause}); control stops"
        log.critical("%s, and will not know of %s", message, call.label)
        self._give_up()
        return aws_error_response(call, 500, "InternalFailure", message)

    def replay(self) -> None:
        """Repeat all calls of the journal. Raises StateCorrupt."""
        for entry in self._journal.read_entries():
            response = self.moto.change(entry.call, entry.number, entry.at)
            self._last_number = entry.number
            self.journaled_calls += 1
            if not entry.is_answered_by(response):
                log.warning(
                    "%s: call %d (%s) was answered differently this time (status %d, then %d)",
                    self._journal.path,
                    entry.number,
                    entry.call.label,
                    response.status,
                    entry.status,
                )


def restore_services(
    journal: CallJournal,
    *,
    account: str,
    addresses: Callable[[str, int], str],
    clock: Clock,
    speed: float,
    give_up: Callable[[], None],
) -> JournaledServices:
    """Compact the journal, load moto and replay the journal. Raises StateCorrupt.

    `addresses` maps a Region and the index of a load balancer to its address. `give_up` is called
    when a change can't be journaled, and ends the process.
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
    services = JournaledServices(moto, journal, clock, give_up)
    services.replay()
    return services


def _find_superseded_entries(entries: Iterator[CallEntry]) -> frozenset[int]:
    return find_superseded_calls(
        RecordedCall(entry.number, entry.call, entry.succeeded) for entry in entries
    )
