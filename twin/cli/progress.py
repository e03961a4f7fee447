"""Progress of the twin's commands: one line for each thing done, with the seconds it took."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from common.clock import SystemClock


@dataclass(frozen=True, slots=True)
class Progress:
    """Prints progress lines; `write` takes each line, so that a test can collect them."""

    clock: SystemClock
    write: Callable[[str], None] = click.echo

    def report(self, subject: str, event: str) -> None:
        """Print a line about something that took no time."""
        self.write(f"  {subject:<22} {event}")

    @contextmanager
    def timed(self, subject: str, event: str) -> Iterator[None]:
        """Print a line with the block's duration, unless the block raises."""
        started = self.clock.monotonic()
        yield
        self.report(subject, f"{event} ({self.clock.monotonic() - started:.1f} s)")

    @contextmanager
    def telling_of_interruption(self, advice: str) -> Iterator[None]:
        """Print a line if Ctrl-C ends the block: what it has begun is left as it is."""
        try:
            yield
        except KeyboardInterrupt:
            self.report("interrupted", f"some processes may be missing; {advice}")
            raise
