"""Finds the run that is to be continued or rolled back, also where its records are elsewhere.

Without an unfinished run here, the lease of the stack tells of one: it names the machine, and the
run's folder there.
"""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from muster.cli.context import print_note
from muster.cli.lease_holder import make_lease_holder
from muster.drill.journal.run_folders import RunFolder, RunFolders
from muster.drill.run.lease import AT_WORK_HERE, Lease, describe_drill
from muster.errors import LeaseHeld, UnknownRun

if TYPE_CHECKING:
    from muster.deployment import Deployment


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """An unfinished drill whose records are elsewhere, and whose lease has expired."""

    words: str
    """Which drill, where its records are, and what can be done."""


async def find_unfinished(deployment: "Deployment", name: str | None) -> RunFolder | LeftBehind:
    """The named run, else the newest unfinished one.

    Without one here: the run that has left its lease, in its folder if that is on this machine.
    Raises UnknownRun, also for a drill that may be under way elsewhere; LeaseHeld for one here.
    """
    runs = RunFolders(deployment.settings.runs)
    try:
        found = runs.find(name) if name is not None else _newest_unfinished(runs)
    except UnknownRun as exc:
        not_here = exc
    else:
        refuse_run_at_work(found)
        return found
    status = await make_lease_holder(deployment).status("")
    if status.state == "unknown":
        words = f"Whether a drill has left its lease is not known {status.words}"
        raise UnknownRun(f"{not_here}. {words}")
    lease = status.lease
    if lease is None or not lease.run.startswith(name or ""):
        raise not_here
    host = socket.gethostname()
    folder = find_leased_folder(lease, host)
    if folder is not None:
        refuse_run_at_work(folder)
        print_note(f"the run is in {folder.path}")
        return folder
    words = f"{not_here}. But {describe_drill(status)}{_describe_place(lease, host)}"
    if status.state == "unfinished":
        return LeftBehind(words)
    raise UnknownRun(
        f"{words}. Once its lease has expired, `muster drill rollback --from-lease` restores its"
        " baseline, in any folder"
    )


def refuse_run_at_work(folder: RunFolder) -> None:
    """Raises LeaseHeld while a process of this machine is at work on the run."""
    if folder.at_work:
        raise LeaseHeld(f"run {folder.name} is under way: {AT_WORK_HERE}")


def _describe_place(lease: Lease, host: str) -> str:
    """Where its records are; on this machine (`host`) they would have been found."""
    where = lease.progress.folder
    if not where:
        return ""
    if lease.host == host:
        return f". Its records were in {where}, and are not there any more"
    return f". Its records are in {where} on {lease.host}"


def _newest_unfinished(runs: RunFolders) -> RunFolder:
    newest = next(runs.unfinished(), None)
    if newest is None:
        raise UnknownRun(f"no run in {runs.folder} is unfinished; see muster drill history")
    return newest


def find_leased_folder(lease: Lease, host: str) -> RunFolder | None:
    """The folder of a lease's run, if it is on this machine (`host`)."""
    if not lease.progress.folder or lease.host != host:
        return None
    folder = RunFolder(Path(lease.progress.folder))
    return folder if folder.journal.exists() else None
