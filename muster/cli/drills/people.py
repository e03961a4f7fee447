"""`muster drill approve` and `muster drill mark`: what people tell a drill that is under way.

They write an order into the run's folder, which needs neither AWS nor the twin, and wait until the
process at work has journaled it.
"""

import asyncio
import re
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import click

from muster.cli.context import CommandContext
from muster.cli.drills.recovery import find_leased_folder
from muster.cli.lease_holder import read_drill
from muster.cli.options import unfinished_run_argument
from muster.drill.journal.orders import ApprovalOrder, MarkOrder, OrderFolder
from muster.drill.journal.run_folders import RunFolder, RunFolders
from muster.drill.journal.run_state import RunState
from muster.errors import MusterError, NothingToApprove, OrderNotTaken, UnknownRun
from muster.formatting import format_duration
from muster.restore.moments import parse_moment

F = TypeVar("F", bound=Callable[..., Any])
TAKEN_WITHIN_S = 30.0
"""The process at work looks for orders twice a second."""
CHECK_EVERY_S = 0.2
MAX_WORDS = 200
_TIME_OF_DAY = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?")


def by_option(function: F) -> F:
    text = "Who says so; default: the setting by."
    return click.option("--by", metavar="NAME", help=text)(function)


@click.command()
@unfinished_run_argument
@click.option("--no", "refused", is_flag=True, help="Refuse: the drill stops and rolls back.")
@by_option
@click.pass_obj
def approve(context: CommandContext, /, run: str | None, refused: bool, by: str | None) -> None:
    """Approve what a run asks, or refuse it.

    RUN: the run that is under way on this machine unless named. Ends with 3 when the run waits for
    no approval.
    """
    asyncio.run(answer_run(_named(context, by), run, approved=not refused))


@click.command()
@click.argument("words")
@unfinished_run_argument
@click.option(
    "--at",
    metavar="TIME",
    help="When it happened: 10:05 or 10:05:30 of this machine's clock, 2m (ago), or with date and"
    " offset. Default: now.",
)
@by_option
@click.pass_obj
def mark(
    context: CommandContext, /, words: str, run: str | None, at: str | None, by: str | None
) -> None:
    """Mark in RUN what has just happened, such as "on-call paged".

    The first mark after the cause gives the time to notice. RUN: the run that is under way on this
    machine unless named.
    """
    asyncio.run(mark_moment(_named(context, by), run, words, at))


async def answer_run(context: CommandContext, run: str | None, *, approved: bool) -> None:
    """Raises UnknownRun, NothingToApprove, OrderNotTaken."""
    folder = await find_run(context, run)
    question = folder.read_state().people.question
    if not folder.at_work:
        raise NothingToApprove(
            f"no process is at work on run {folder.name}; a run that is resumed asks again"
            f" (`muster drill resume {folder.name}`)"
        )
    if question is None:
        raise NothingToApprove(
            f"run {folder.name} waits for no approval now; `muster drill watch` shows what it does"
        )
    by = context.read_settings().by
    order = ApprovalOrder(question=question.n, approved=approved, by=by, host=socket.gethostname())
    orders = OrderFolder(folder.path)
    await _await_taken(context, folder, orders.add(order), question=question.n)
    effect = "approved; the drill goes on" if approved else "refused; the drill stops"
    click.echo(f"{folder.name}: {question.step} ({question.words}) {effect}")


async def mark_moment(context: CommandContext, run: str | None, words: str, at: str | None) -> None:
    """Raises UnknownRun, OrderNotTaken, click.BadParameter."""
    words = _check_words(words)
    folder = await find_run(context, run)
    state = folder.read_state()
    if state.finished:
        raise UnknownRun(f"run {folder.name} is over: only a run that is under way takes marks")
    now = context.clock.now()
    marked_at = now if at is None else _check_moment(at, now, state)
    order = MarkOrder(
        words=words, marked_at=marked_at, by=context.read_settings().by, host=socket.gethostname()
    )
    number = OrderFolder(folder.path).add(order)
    if not folder.at_work:
        click.echo(
            f"{folder.name}: no process is at work on it; the mark is journaled when the run is"
            " resumed or rolled back"
        )
        return
    await _await_taken(context, folder, number)
    click.echo(f"{folder.name}: marked: {words}")


async def find_run(context: CommandContext, name: str | None) -> RunFolder:
    """The named run, else the one that a process of this machine executes. Raises UnknownRun.

    Its folder may be another one than that of the setting `runs`: the lease has it.
    """
    runs = RunFolders(context.read_settings().runs)
    if name is not None:
        try:
            return runs.find(name)
        except UnknownRun as exc:
            return await _find_by_lease(context, name, str(exc))
    at_work = [run for run in runs.all() if run.at_work]
    if len(at_work) > 1:
        names = ", ".join(run.name for run in at_work)
        raise UnknownRun(f"several runs are under way, name one: {names}")
    if at_work:
        return at_work[0]
    return await _find_by_lease(context, "", f"no run in {runs.folder} is under way")


async def _find_by_lease(context: CommandContext, name: str, not_here: str) -> RunFolder:
    """The folder that the lease names. Raises UnknownRun, which says whose drill it is."""
    try:
        drill = await read_drill(context.open_deployment())
    except MusterError as exc:
        raise UnknownRun(f"{not_here}; the lease can't be read: {exc}") from exc
    lease = drill.lease
    if drill.state == "unknown":
        raise UnknownRun(f"{not_here}; the lease can't be read {drill.words}")
    if drill.state != "held" or lease is None:
        raise UnknownRun(not_here)
    folder = find_leased_folder(lease, socket.gethostname())
    if folder is not None and lease.run.startswith(name):
        return folder
    where = f", in {lease.progress.folder}" if lease.progress.folder else ""
    raise UnknownRun(
        f"{not_here}. The drill that is under way is {lease.run} by {lease.by} on"
        f" {lease.host}{where}: it takes approvals and marks there"
    )


async def _await_taken(
    context: CommandContext, folder: RunFolder, number: int, *, question: int | None = None
) -> None:
    """Wait until the run has journaled an order. Raises OrderNotTaken."""
    deadline_s = context.clock.monotonic() + TAKEN_WITHIN_S
    while True:
        at_work = folder.at_work  # read before the journal, which then has the last word
        people = folder.read_state().people
        if number in people.orders:
            return
        if question is not None and (people.question is None or people.question.n != question):
            raise OrderNotTaken(
                f"the answer came too late: run {folder.name} does not wait for it any more;"
                f" `muster drill history` shows what became of the run"
            )
        if not at_work:
            raise OrderNotTaken(
                f"run {folder.name} ended before it took this: it is in no record; `muster drill"
                " history` shows what became of the run"
            )
        if context.clock.monotonic() >= deadline_s:
            raise OrderNotTaken(
                f"run {folder.name} has not taken this within {format_duration(TAKEN_WITHIN_S)}:"
                " its process may hang; should it go on, this counts all the same"
            )
        await context.clock.sleep(CHECK_EVERY_S)


def _named(context: CommandContext, by: str | None) -> CommandContext:
    return context if by is None else context.with_flags({"by": by})


def _check_words(words: str) -> str:
    words = words.strip()
    if not words or len(words) > MAX_WORDS or not words.isprintable():
        rule = f"must be one line of 1 to {MAX_WORDS} printable characters"
        raise click.BadParameter(rule, param_hint="WORDS")
    return words


def _check_moment(text: str, now: float, state: RunState) -> float:
    """Seconds since 1970 of a moment within the run so far."""
    try:
        at = parse_time(text, now)
    except ValueError as exc:
        raise click.BadParameter(
            f"{exc}, or a time of day such as 10:05", param_hint="--at"
        ) from exc
    if at > now:
        raise click.BadParameter(
            f"{text!r} is still to come: name a moment of the run so far", param_hint="--at"
        )
    if at < int(state.opening.at):
        raise click.BadParameter(
            f"{text!r} is before the run began, at {_clock(state.opening.at)}", param_hint="--at"
        )
    return at


def _clock(at: float) -> str:
    return time.strftime("%H:%M:%S", time.localtime(at))


def parse_time(text: str, now: float) -> float:
    """Seconds since 1970: of a time of day the last one, else as `parse_moment`."""
    found = _TIME_OF_DAY.fullmatch(text)
    if found is None:
        return parse_moment(text, now)
    hour, minute, second = (int(part or 0) for part in found.groups())
    local = datetime.fromtimestamp(now, UTC).astimezone()
    today = local.replace(hour=hour, minute=minute, second=second, microsecond=0)
    return (today if today <= local else today - timedelta(days=1)).timestamp()
