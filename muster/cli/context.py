"""The context of a command: its settings, the deployment it acts on, and questions to the user.

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

from common.clock import Clock, SystemClock
from common.command.confirmation import NOT_CONFIRMED, confirm
from muster.errors import NotConfirmed, Unreachable
from muster.formatting import format_duration

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from muster.aws.clients import AwsClients
    from muster.cli.options import Consent
    from muster.config import MusterSettings
    from muster.deployment import Deployment
    from muster.drill.guards.context import GuardVerdict
    from muster.drill.plan.instructions import DrillAction

T = TypeVar("T")
NOTICE_AFTER_S = 2.0
"""Seconds of waiting after which a command says how long it may take."""


@dataclass(frozen=True, kw_only=True)
class CommandContext:
    """Everything that a command takes from its process; tests make their own."""

    environ: Mapping[str, str]
    folder: Path
    clock: Clock = field(default_factory=SystemClock)
    flags: Mapping[str, object] = field(default_factory=dict)
    clients: "AwsClients | None" = None
    """Fakes of a test; None: clients of the account in the settings."""
    interactive: bool = False
    """Whether standard input is a terminal, so that a change can be confirmed there."""

    @classmethod
    def from_process(cls) -> "CommandContext":
        """The context of a command line in this process."""
        return cls(environ=os.environ, folder=Path.cwd(), interactive=sys.stdin.isatty())

    def with_flags(self, flags: Mapping[str, object]) -> "CommandContext":
        """This context with options of the command line, which override other settings."""
        return replace(self, flags={**self.flags, **flags})

    def read_settings(self) -> "MusterSettings":
        """Raises InvalidSetting."""
        from muster.config import read_settings  # noqa: PLC0415 - help and completion need none

        return read_settings(self.flags, environ=self.environ, folder=self.folder)

    def open_deployment(self) -> "Deployment":
        """Open it, and print a notice about its outputs to standard error.

        Raises InvalidSetting, InvalidStackOutputs, AccountError.
        """
        from muster.deployment import Deployment  # noqa: PLC0415 - it brings boto3 along

        deployment = Deployment.open(
            self.read_settings(), environ=self.environ, clock=self.clock, clients=self.clients
        )
        for notice in deployment.notices():
            click.echo(f"! {notice}", err=True)
        return deployment


async def announce_change(deployment: "Deployment", what: str) -> None:
    """Print to standard error which change is about to be made where, and by whom.

    Raises AccountError.
    """
    try:
        identity = await deployment.identify()
    except Unreachable as exc:
        who = f"credentials not verified: {exc}"
    else:
        who = identity.arn
    from muster.cli.console import text_width  # noqa: PLC0415 - it brings rich along
    from muster.drill.view.format_text import wrap_text  # noqa: PLC0415 - see above

    line = f"{deployment.location.description} ({who})"
    for part in (*wrap_text(line, text_width(len(line)), "  "), f"  {what}"):
        click.echo(part, err=True)


def confirm_change(context: CommandContext, deployment: "Deployment", *, yes: bool) -> None:
    """Ask the user to confirm a change on AWS; the twin needs none. Raises NotConfirmed."""
    if yes or deployment.location.kind == "twin":
        return
    if not context.interactive:
        raise NotConfirmed(
            f"this changes {deployment.location.description}, and there is no terminal to confirm"
            " it at; give --yes"
        )
    if not confirm("Go ahead?"):
        raise NotConfirmed(NOT_CONFIRMED)


def change_by_hand(
    context: CommandContext, deployment: "Deployment", do: "DrillAction", consent: "Consent"
) -> "AbstractAsyncContextManager[tuple[GuardVerdict, ...]]":
    """The change in the block is announced, judged by guards, confirmed and recorded.

    Raises on entry: see muster.cli.levers.guarded.guarded_change.
    """
    from muster.cli.levers.guarded import guarded_change  # noqa: PLC0415 - it brings boto3 along

    return guarded_change(context, deployment, do, consent)


def print_note(line: str) -> None:
    """Print a lever's progress note to standard error."""
    click.echo(f"  {line}", err=True)


def print_warning(line: str) -> None:
    """Print to standard error what a person should know although the command goes on."""
    click.echo(f"! {line}", err=True)


async def wait_with_notice(
    work: Coroutine[Any, Any, T],
    within_s: float,
    *,
    notice_after_s: float = NOTICE_AFTER_S,
    notify: Callable[[str], None] = print_note,
) -> T:
    """Await a change; after `notice_after_s`, say once that it may take up to `within_s`."""
    notice = f"still waiting; this may take up to {format_duration(within_s)}"
    timer = asyncio.get_running_loop().call_later(notice_after_s, notify, notice)
    try:
        return await work
    except asyncio.CancelledError:
        notify("interrupted; a change that was sent already stays: `muster status` shows it")
        raise
    finally:
        timer.cancel()
