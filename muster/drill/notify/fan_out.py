"""A run listener that passes every event on to the display, and some of them to others."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from muster.drill.journal.events import JournalLine, RunOpened
from muster.drill.notify.notices import make_notice, select_numbers
from muster.drill.notify.outbox import Outbox
from muster.drill.observation.probe_window import Observation
from muster.drill.run.ports import RunListener
from muster.model import SystemView

GRACE_S = 2.0
"""How long the end of a command waits for notices under way."""


class FanOut:
    """The display comes first; nothing here waits for a destination."""

    def __init__(
        self,
        display: RunListener,
        outboxes: Sequence[Outbox],
        opened: RunOpened,
        read_result: Callable[[], Mapping[str, Any] | None],
    ) -> None:
        """`opened`: the run's first event. `read_result`: its result.json, once it is there."""
        self._display = display
        self._outboxes = outboxes
        self._opened = opened
        self._read_result = read_result

    def on_event(self, line: JournalLine) -> None:
        self._display.on_event(line)
        notice = make_notice(line, self._opened) if self._outboxes else None
        if notice is None:
            return
        if notice.kind == "end":
            notice = replace(notice, numbers=select_numbers(self._read_result()))
        for outbox in self._outboxes:
            outbox.put(notice)

    def on_observation(self, observation: Observation, view: SystemView | None) -> None:
        self._display.on_observation(observation, view)

    def on_note(self, words: str) -> None:
        self._display.on_note(words)


def close_outboxes(
    outboxes: Iterable[Outbox], monotonic: Callable[[], float], grace_s: float = GRACE_S
) -> list[str]:
    """Wait for notices under way, for `grace_s` in all; a line for each destination with losses."""
    outboxes = list(outboxes)
    until_s = monotonic() + grace_s
    for outbox in outboxes:
        outbox.close()
    for outbox in outboxes:
        outbox.join(max(0.0, until_s - monotonic()))
    return [loss for outbox in outboxes if (loss := outbox.describe_loss())]
