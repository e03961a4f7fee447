"""`muster drill watch`: show a drill that another process runs. Changes nothing.

Where the run's folder is on this machine, its files are followed. Elsewhere the stack's lease is
all that can be seen: which drill, its step, and who runs it.
"""

import asyncio
import json
import socket
from dataclasses import dataclass

import click

from common.clock import Clock
from common.command.exit_codes import ExitCode
from muster.cli.context import CommandContext
from muster.cli.drills.display import DisplayRequest, open_display
from muster.cli.drills.recovery import find_leased_folder
from muster.cli.drills.run_summary import muster_command, print_summary
from muster.cli.lease_holder import make_lease_holder
from muster.cli.options import json_option, run_argument
from muster.drill.journal.events import RunClosed
from muster.drill.journal.run_folders import RunFolder, RunFolders
from muster.drill.run.lease import Lease, LeaseHolder, LeaseStatus, describe_drill
from muster.drill.view.run_logs import RunDisplay
from muster.drill.watch.follower import RunFollower
from muster.errors import UnknownRun

LOOK_EVERY_S = 0.5
LOOK_AT_LEASE_EVERY_S = 3.0
"""Each look is a call to DynamoDB."""
HINT = "Ctrl-C ends this view only"
EPILOG = """
\b
Exit codes
  0 to 5  the drill's own, at its end
  1       also of a drill of another machine, whose end can't be seen here
  5       also of a drill whose process is gone: see `muster drill rollback`
"""


@click.command(epilog=EPILOG)
@run_argument
@click.option("--plain", is_flag=True, help="Print plain lines, also on a terminal.")
@json_option
@click.pass_obj
def watch(context: CommandContext, /, run: str | None, plain: bool, as_json: bool) -> int:
    """Watch a drill of another terminal.

    RUN: the one that is under way unless named. Changes nothing. Shows what `muster drill run`
    shows, and ends with the drill and its summary; --json prints the same objects. Ctrl-C ends the
    watching only. Of a drill on another machine, the lease tells the step and who runs it; --json
    prints these as `"event": "lease"`.
    """
    return asyncio.run(_watch(context, run, plain=plain, as_json=as_json))


async def _watch(context: CommandContext, name: str | None, *, plain: bool, as_json: bool) -> int:
    settings = context.read_settings()
    runs = RunFolders(settings.runs)
    not_here: UnknownRun | None = None
    folder = None
    try:
        folder = find_local_run(runs, name)
    except UnknownRun as exc:
        not_here = exc
    if folder is None:
        holder = make_lease_holder(context.open_deployment())
        lease = select_lease(await holder.status(""), name, not_here)
        folder = find_leased_folder(lease, socket.gethostname())
        if folder is None:
            teller = LeaseTeller(as_json, context.clock)
            return await watch_lease(holder, lease, teller, context.clock)
    follower = RunFollower(folder)
    request = DisplayRequest(
        plan=follower.state.plan,
        run=folder.name,
        as_json=as_json,
        plain=plain,
        hint=HINT,
        needs_reader=True,
    )
    display = open_display(request, context.clock)
    closed = await follow_run(follower, display, context.clock)
    if closed is not None:
        if not as_json:
            print_summary(folder, closed, muster_command(settings, folder))
        return closed.exit_code
    click.echo(
        f"no process is at work on {folder.name} any more: `muster drill resume {folder.name}`"
        f" continues it, `muster drill rollback {folder.name}` restores its baseline",
        err=True,
    )
    return ExitCode.ROLLBACK_INCOMPLETE


def find_local_run(runs: RunFolders, name: str | None) -> RunFolder | None:
    """The named run, else the newest that a process of this machine works on; None without one.

    Raises UnknownRun.
    """
    if name is not None:
        return runs.find(name)
    return next((run for run in runs.all() if run.at_work), None)


def select_lease(status: LeaseStatus, name: str | None, not_here: UnknownRun | None) -> Lease:
    """The lease of the drill to watch. Raises UnknownRun: `not_here` for another drill's name."""
    lease = status.lease
    if status.state == "held" and lease is not None and lease.run.startswith(name or ""):
        return lease
    if not_here is not None:
        raise not_here
    match status.state:
        case "unfinished":
            raise UnknownRun(describe_drill(status))
        case "unknown":
            raise UnknownRun(f"whether a drill is under way is not known {status.words}")
        case _:
            raise UnknownRun("no drill is under way; `muster drill history` names those of before")


async def follow_run(follower: RunFollower, display: RunDisplay, clock: Clock) -> RunClosed | None:
    """Show the run until it has ended; None if its process ends before. Raises InvalidJournal.

    The display begins when it knows what has happened so far: its first picture is of now.
    """
    goes_on = _tell_news(follower, display, clock)
    with display:
        while goes_on:
            await clock.sleep(LOOK_EVERY_S)
            goes_on = _tell_news(follower, display, clock)
    return follower.state.closed


def _tell_news(follower: RunFollower, display: RunDisplay, clock: Clock) -> bool:
    """Tell the display what is new; False if no more will come."""
    at_work = follower.folder.at_work  # before the lines: none is missed when it ends between
    for line in follower.read_lines():
        display.on_event(line)
    problem = follower.problem
    display.on_observation(*follower.observe(clock.monotonic() if at_work else follower.last_s))
    if follower.problem != problem:
        display.on_note(follower.problem)
    return at_work and not follower.state.finished  # an incomplete one may be taken up again


@dataclass
class LeaseTeller:
    """Prints what a lease says whenever that changes."""

    as_json: bool
    clock: Clock
    told: str = ""

    def tell(self, lease: Lease) -> None:
        progress = lease.progress
        if self.as_json:
            document = {
                "event": "lease",
                "run": lease.run,
                "scenario": lease.scenario,
                "by": lease.by,
                "host": lease.host,
                "phase": progress.phase,
                "step": progress.step,
                "does": progress.does,
                "folder": progress.folder,
            }
            text = json.dumps(document)
        else:
            text = progress.describe()
        if text != self.told:
            self.told = text
            click.echo(text)


async def watch_lease(holder: LeaseHolder, lease: Lease, teller: LeaseTeller, clock: Clock) -> int:
    """Tell what the lease says until another process has it, or none; the exit code."""
    where = lease.progress.folder
    click.echo(
        f"{lease.run} by {lease.by} is on {lease.host}{f', in {where}' if where else ''}:"
        " `muster drill watch` shows more there; here is what its lease says",
        err=True,
    )
    while True:
        teller.tell(lease)
        await clock.sleep(LOOK_AT_LEASE_EVERY_S)
        status = await holder.status("")
        if status.state == "unknown":
            continue
        if status.lease is None or status.lease.run != lease.run:
            click.echo(f"{lease.run} has ended; how is in its records", err=True)
            return ExitCode.FAILED
        if status.state == "unfinished":
            click.echo(describe_drill(status), err=True)
            return ExitCode.ROLLBACK_INCOMPLETE
        lease = status.lease
