"""Listeners that write a line for each run event: plain text, or JSON for machines.

They never hold the drill up: output that can't be written is dropped.
"""

import json
import sys
from contextlib import suppress
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

    def __init__(self, clock: Clock, out: IO[str] | None = None) -> None:
        """`out`: None for standard output."""
        self._clock = clock
        self._out = out or sys.stdout
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
        _write_line(self._out, f"{at_s - self._first_s:7.1f}  {text}")


class JsonLog:
    """One JSON object a line: `entry` (as in the journal), `observed`, `note`."""

    def __init__(self, clock: Clock, out: IO[str] | None = None) -> None:
        """`out`: None for standard output."""
        self._clock = clock
        self._out = out or sys.stdout

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
        _write_line(self._out, json.dumps(document, separators=(",", ":")))


def _write_line(out: IO[str], line: str) -> None:
    with suppress(*OUTPUT_ERRORS):  # `| head` has ended, or the terminal is closed
        out.write(f"{line}\n")
        out.flush()
