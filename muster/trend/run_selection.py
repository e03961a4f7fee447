"""Reads the runs that are to be compared: those that are named, or all of a scenario.

A run that can't be read is told, and the others are compared without it.
"""

from collections.abc import Iterable, Sequence

from common.command.wording import count_of, suggest_name
from muster.drill.journal.run_folders import RunFolder, RunFolders
from muster.errors import InvalidJournal, UnknownRun
from muster.report.build import build_report
from muster.report.run_reader import read_run_folder
from muster.trend.comparison import Comparison, compare_runs
from muster.trend.past_runs import UnreadableRun, read_past_run
from muster.trend.run_facts import RunFacts, build_run_facts


def compare_named_runs(folders: RunFolders, names: Sequence[str]) -> Comparison:
    """The runs in the order given. Raises UnknownRun, InvalidJournal if none can be read."""
    found = [folders.find(name) for name in names]
    runs, unreadable = _read_all(found)
    if not runs:
        read_run_folder(found[0])  # raises what is wrong with it
    return compare_runs(f"{count_of(len(found), 'drill')} side by side", runs, unreadable)


def trend_of_scenario(folders: RunFolders, scenario: str) -> Comparison:
    """All runs of the scenario, oldest first; of unreadable ones those of its name.

    Those that changed nothing have no number, and are left out unless there are no others. Raises
    UnknownRun.
    """
    known: set[str] = set()
    damaged: list[UnreadableRun] = []
    chosen: list[RunFolder] = []
    unchanged: list[RunFolder] = []
    for folder in reversed(folders.all()):
        past = read_past_run(folder)
        if isinstance(past, UnreadableRun):
            if folder.name.endswith(f"-{scenario}"):
                damaged.append(past)
            continue
        known.add(past.scenario)
        if past.scenario == scenario:
            (unchanged if past.unchanged else chosen).append(folder)
    if not (chosen or unchanged):
        raise UnknownRun(_no_run_of(scenario, folders, known, damaged))
    runs, unreadable = _read_all(chosen or unchanged)
    return compare_runs(
        f"Trend of {scenario}",
        runs,
        (*damaged, *unreadable),
        left_out=[one.name for one in unchanged] if chosen else (),
    )


def _no_run_of(
    scenario: str, folders: RunFolders, known: set[str], damaged: Sequence[UnreadableRun]
) -> str:
    others = f"{', '.join(sorted(known)) or 'no scenario'}{suggest_name(scenario, known)}"
    unread = "".join(f"; can't be read: {one.run}: {one.why}" for one in damaged)
    return f"there is no run of {scenario} in {folders.folder}, which has runs of {others}{unread}"


def _read_all(found: Iterable[RunFolder]) -> tuple[list[RunFacts], list[UnreadableRun]]:
    runs, unreadable = [], []
    for folder in found:
        try:
            records = read_run_folder(folder)
        except InvalidJournal as exc:
            unreadable.append(UnreadableRun(folder.name, str(exc)))
            continue
        runs.append(build_run_facts(records, build_report(records)))
    return runs, unreadable
