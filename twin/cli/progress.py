"""Progress of the twin's commands: a line for each thing done, with the seconds it took."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from common.clock import SystemClock


@dataclass(frozen=True, slots=True)
class Progress:
    """Writes lines; a test takes them instead."""

    clock: SystemClock
    write: Callable[[str], None] = click.echo

    def say(self, subject: str, what: str) -> None:
        """A line about something that took no time."""
        self.write(f"  {subject:<22} {what}")

    @contextmanager
    def timed(self, subject: str, what: str) -> Iterator[None]:
        """A line when the block has ended well."""
        began = self.clock.monotonic()
        yield
        self.say(subject, f"{what} ({self.clock.monotonic() - began:.1f} s)")
