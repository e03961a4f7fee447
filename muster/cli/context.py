"""What every command gets: the settings, the deployment, who may be asked.

Decides when a change has to be confirmed. Reads and imports nothing before a command needs it.
"""

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from muster.clock import Clock, SystemClock
from muster.errors import NotConfirmed, Unreachable
from muster.formatting import format_duration

if TYPE_CHECKING:
    from muster.aws.clients import AwsClients
    from muster.config import MusterSettings
    from muster.deployment import Deployment

T = TypeVar("T")
NOTICE_AFTER_S = 2.0
"""So long a command may be silent."""


@dataclass(frozen=True, kw_only=True)
class CommandContext:
    """The surroundings of one command. Tests give their own."""

    environ: Mapping[str, str]
    folder: Path
    clock: Clock = field(default_factory=SystemClock)
    flags: Mapping[str, object] = field(default_factory=dict)
    clients: "AwsClients | None" = None
    """Stand-ins of a test; None: those that the settings mean."""
    interactive: bool = False
    """Whether somebody is there to be asked."""

    @classmethod
    def of_process(cls) -> "CommandContext":
        """This process's environment and folder."""
        return cls(environ=os.environ, folder=Path.cwd(), interactive=sys.stdin.isatty())

    def with_flags(self, flags: Mapping[str, object]) -> "CommandContext":
        """The same, with the command line's settings."""
        return replace(self, flags={**self.flags, **flags})

    def settings(self) -> "MusterSettings":
        """Read the settings. Raises SettingWrong."""
        from muster.config import read_settings  # noqa: PLC0415 - help and completion need none

        return read_settings(self.flags, environ=self.environ, folder=self.folder)

    def deployment(self) -> "Deployment":
        """Open the deployment. Raises SettingWrong, StackUnreadable, WrongTarget."""
        from muster.deployment import Deployment  # noqa: PLC0415 - it brings boto3 along

        return Deployment.open(
            self.settings(), environ=self.environ, clock=self.clock, clients=self.clients
        )


async def announce_change(deployment: "Deployment", what: str) -> None:
    """Say on standard error who is about to change what, where. Raises WrongTarget."""
    try:
        identity = await deployment.identify()
    except Unreachable as exc:
        who = f"credentials not verified: {exc}"
    else:
        who = identity.arn
    click.echo(f"{deployment.place.words} ({who})\n  {what}", err=True)


def confirm_change(context: CommandContext, deployment: "Deployment", *, yes: bool) -> None:
    """Have a change on AWS confirmed; a twin may be changed at will. Raises NotConfirmed."""
    if yes or deployment.place.kind == "twin":
        return
    if not context.interactive:
        raise NotConfirmed(
            f"this changes {deployment.place.words}, and nobody is there to be asked; give --yes"
        )
    if not click.confirm("Go ahead?", err=True):
        raise NotConfirmed("not confirmed; nothing was changed")


def print_note(line: str) -> None:
    """Show a line of a lever on standard error."""
    click.echo(f"  {line}", err=True)


async def wait_with_notice(
    work: Coroutine[Any, Any, T],
    within_s: float,
    *,
    quiet_s: float = NOTICE_AFTER_S,
    tell: Callable[[str], None] = print_note,
) -> T:
    """What a change comes to; when that takes long, it is told once how long it may take.

    `within_s`: its bound; `quiet_s`: so long nothing is told. Seconds.
    """

    line = f"not there yet; this waits for {format_duration(within_s)} at most"
    soon = asyncio.get_running_loop().call_later(quiet_s, tell, line)
    try:
        return await work
    except asyncio.CancelledError:
        tell("interrupted; what was sent already stays: `muster status` shows it")
        raise
    finally:
        soon.cancel()
