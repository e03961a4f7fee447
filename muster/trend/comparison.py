"""Runs side by side: their numbers, and which of their settings and versions differed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from muster.trend.past_runs import UnreadableRun
from muster.trend.run_facts import NOT_PROBED, RunFacts

ABSENT = "absent"
"""Of a run that has no such setting, or did not record it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingRow:
    """A setting that was not the same in all runs."""

    name: str
    values: tuple[str, ...]
    """One for each run, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingChange:
    """A setting that was another one than in the run before."""

    run: str
    name: str
    before: str
    now: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Everything that the page and the JSON of several runs show."""

    title: str
    scenario: str | None
    """The one of all runs; None: they are of several."""
    runs: tuple[RunFacts, ...]
    unreadable: tuple[UnreadableRun, ...]
    left_out: tuple[str, ...]
    """Runs of the scenario that changed nothing, by name."""
    differences: tuple[SettingRow, ...]


def compare_runs(
    title: str,
    runs: Sequence[RunFacts],
    unreadable: Sequence[UnreadableRun] = (),
    left_out: Sequence[str] = (),
) -> Comparison:
    """`runs` in the order in which they are to be shown."""
    scenarios = {one.scenario for one in runs}
    return Comparison(
        title=title,
        scenario=scenarios.pop() if len(scenarios) == 1 else None,
        runs=tuple(runs),
        unreadable=tuple(unreadable),
        left_out=tuple(left_out),
        differences=tuple(_differences(runs)),
    )


def setting_changes(comparison: Comparison) -> tuple[SettingChange, ...]:
    """The differences as changes from run to run.

    A run that was not probed has changed nothing of the probes.
    """
    found: list[SettingChange] = []
    before: dict[str, str] = {}
    for n, one in enumerate(comparison.runs):
        for row in comparison.differences:
            now = row.values[n]
            if now == NOT_PROBED:
                continue
            known = before.setdefault(row.name, now)
            if known != now:
                found.append(SettingChange(run=one.run, name=row.name, before=known, now=now))
                before[row.name] = now
    return tuple(found)


def _differences(runs: Sequence[RunFacts]) -> Iterator[SettingRow]:
    for name in dict.fromkeys(name for one in runs for name in one.settings):
        values = tuple(one.settings.get(name, ABSENT) for one in runs)
        if len(set(values) - {NOT_PROBED}) > 1:
            yield SettingRow(name=name, values=values)
