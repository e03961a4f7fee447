"""`twin logs`: the end of the processes' logs, and what is added to them."""

import os
from dataclasses import dataclass
from pathlib import Path

import click

from twin import roles
from twin.clock import SystemClock
from twin.errors import UsageError
from twin.instance import Instance

_LOOK_AGAIN_S = 0.2


@click.command(short_help="Show the processes' logs.")
@click.argument("role", default="")
@click.option("-f", "--follow", is_flag=True, help="Go on with what is added, until Ctrl-C.")
@click.option("-n", "--lines", default=20, show_default=True, help="Lines of each log's end.")
@click.pass_obj
def logs(instance: Instance, role: str, follow: bool, lines: int) -> None:
    """Show the end of the log of ROLE (gateway, control, edge, a Region), or of all."""
    paths = chosen(instance, role)
    width = max(len(path.stem) for path in paths) if len(paths) > 1 else 0
    tails = [Tail(path) for path in paths]
    for tail in tails:
        last = tail.last(lines)
        for line in last:
            _show(tail.path.stem, line, width)
        if not width and not last:
            click.echo(f"{tail.path.stem} has logged nothing", err=True)
    clock = SystemClock()
    while follow:
        for tail in tails:
            for line in tail.added():
                _show(tail.path.stem, line, width)
        clock.wait(_LOOK_AGAIN_S)


def chosen(instance: Instance, role: str) -> list[Path]:
    """The log files that a name means. Raises UsageError."""
    known = sorted(instance.logs.glob("*.log"))
    if not known:
        raise UsageError(f"no logs in {instance.logs}: `twin up` has not run")
    name = roles.file_name(role)
    found = [path for path in known if not role or path.stem in (name, f"region-{name}")]
    if not found:
        raise UsageError(f"no log of '{role}'; there are {', '.join(p.stem for p in known)}")
    return found


def _show(name: str, line: str, width: int) -> None:
    click.echo(f"{name:<{width}} {line}" if width else line)


@dataclass(slots=True)
class Tail:
    """One log file, read on from where it was left; a fresh file in its place is read anew."""

    path: Path
    _inode: int = 0
    _offset: int = 0

    def last(self, lines: int) -> list[str]:
        """The last lines; `added` goes on after them."""
        return self.added()[-lines:] if lines > 0 else self.added()[:0]

    def added(self) -> list[str]:
        """Whole lines that were added since the last look."""
        try:
            with self.path.open("rb") as opened:
                inode = os.fstat(opened.fileno()).st_ino
                if inode != self._inode:
                    self._inode, self._offset = inode, 0
                opened.seek(self._offset)
                whole, newline, _ = opened.read().rpartition(b"\n")
        except FileNotFoundError:
            return []
        if not newline:
            return []
        self._offset += len(whole) + 1
        return whole.decode(errors="replace").split("\n")
