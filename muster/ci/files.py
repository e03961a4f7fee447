"""The files for continuous integration that a command line asks for, and how files are written.

They are written at every end of a drill, so that a job has something to show whatever happened.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from common.files.atomic_file import write_atomically
from muster.errors import CommandFailed, MusterError

if TYPE_CHECKING:
    from muster.report import DrillReport


@dataclass(frozen=True, slots=True, kw_only=True)
class CiFiles:
    """Where each one goes; None: it is not wanted."""

    junit: Path | None = None
    markdown: Path | None = None

    @property
    def wanted(self) -> bool:
        """Whether any of them is."""
        return self.junit is not None or self.markdown is not None

    def write(self, report: "DrillReport") -> None:
        """Write a run's. Raises CommandFailed."""
        from muster.ci import junit, markdown  # noqa: PLC0415 - they bring the report along

        if self.junit is not None:
            write_file(self.junit, junit.render_junit(report))
        if self.markdown is not None:
            write_file(self.markdown, markdown.render_markdown_summary(report))

    @contextmanager
    def telling_errors(self, scenario: str, warn: Callable[[str], None]) -> Iterator[None]:
        """Write an error that leaves the context, which goes on.

        `warn` is told of a file that can't be written.
        """
        try:
            yield
        except MusterError as exc:
            try:
                self._write_error(scenario, exc)
            except CommandFailed as unwritten:
                warn(str(unwritten))
            raise

    def _write_error(self, scenario: str, error: MusterError) -> None:
        from muster.ci import junit, markdown  # noqa: PLC0415 - as above

        code, words = error.exit_code, str(error)
        if self.junit is not None:
            write_file(self.junit, junit.render_failed_start(scenario, code, words))
        if self.markdown is not None:
            write_file(self.markdown, markdown.render_failed_start(scenario, code, words))


def write_file(path: Path, text: str) -> None:
    """Write all of it or nothing. Raises CommandFailed."""
    try:
        write_atomically(path, text, sync=os.fsync)
    except OSError as exc:
        raise CommandFailed(f"write {path}", exc.strerror or str(exc)) from exc
