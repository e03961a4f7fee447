"""Listeners that write a line for each run event: plain text, or JSON for machines.

They never hold the drill up: output that can't be written is dropped, unless there is nothing but
the output, as for those who watch a drill of another process.
"""

import json
import sys
from typing import IO, Protocol

from common.clock import Clock
from muster import codec
from muster.drill.journal.events import JournalLine, encode_line
from muster.drill.observation.probe_window import Observation
from muster.drill.run.ports import RunListener
from muster.drill.view.format_text import format_observation
from muster.drill.view.narrator import Narrator
from muster.model import SystemView

OBSERVATION_EVERY_S = 5.0
"""How often a plain log shows the observation."""
OUTPUT_ERRORS = (OSError, ValueError)
"""ValueError: the output is closed, or its encoding lacks a character."""


class RunDisplay(RunListener, Protocol):
    """A listener with a beginning and an end."""

    def __enter__(self) -> "RunDisplay": ...

    def __exit__(self, *ignored: object) -> None: ...


class PlainLog:
    """Lines of text with the seconds since the first one."""

    def __init__(
        self, clock: Clock, out: IO[str] | None = None, *, needs_reader: bool = False
    ) -> None:
        """`out`: None for standard output. `needs_reader`: its methods raise BrokenPipeError."""
        self._clock = clock
        self._out = out or sys.stdout
        self._needs_reader = needs_reader
        self._first_s: float | None = None
        self._observed_s = float("-inf")
        self._narrator = Narrator()

    def __enter__(self) -> "PlainLog":
        return self

    def __exit__(self, *ignored: object) -> None:
        """Nothing to end."""

    def on_event(self, line: JournalLine) -> None:
        for text in self._narrator.lines(line.event):
            self._write(text, line.at_s)

    def on_observation(self, observation: Observation, view: SystemView | None) -> None:
        if observation.requests and observation.at_s - self._observed_s >= OBSERVATION_EVERY_S:
            self._observed_s = observation.at_s
            self._write(f"  {format_observation(observation)}", observation.at_s)

    def on_note(self, words: str) -> None:
        self._write(f"  {words}", self._clock.monotonic())

    def _write(self, text: str, at_s: float) -> None:
        self._first_s = at_s if self._first_s is None else self._first_s
        line = f"{at_s - self._first_s:7.1f}  {text}"
        _write_line(self._out, line, needs_reader=self._needs_reader)


class JsonLog:
    """One JSON object a line: `entry` (as in the journal), `observed`, `note`."""

    def __init__(
        self, clock: Clock, out: IO[str] | None = None, *, needs_reader: bool = False
    ) -> None:
        """`out`, `needs_reader`: as of PlainLog."""
        self._clock = clock
        self._out = out or sys.stdout
        self._needs_reader = needs_reader

    def __enter__(self) -> "JsonLog":
        return self

    def __exit__(self, *ignored: object) -> None:
        """Nothing to end."""

    def on_event(self, line: JournalLine) -> None:
        self._write({"event": "entry", **encode_line(line)})

    def on_observation(self, observation: Observation, view: SystemView | None) -> None:
        self._write(
            {
                "event": "observed",
                "at_s": observation.at_s,
                "probes": codec.plain(observation),
                "view": codec.plain(view),
            }
        )

    def on_note(self, words: str) -> None:
        self._write({"event": "note", "at_s": self._clock.monotonic(), "words": words})

    def _write(self, document: dict[str, object]) -> None:
        line = json.dumps(document, separators=(",", ":"))
        _write_line(self._out, line, needs_reader=self._needs_reader)


def _write_line(out: IO[str], line: str, *, needs_reader: bool) -> None:
    try:
        out.write(f"{line}\n")
        out.flush()
    except BrokenPipeError:  # `| head` has ended
        if needs_reader:
            raise
    except OUTPUT_ERRORS:  # the terminal is closed
        pass
