"""When each scenario was last practised in each Region.

A scenario counts as practised when all of its steps were taken, whether or not the targets were
met. A drill that was refused or stopped practised something else.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from common.command.wording import count_of
from muster.trend.past_runs import PastRun

DAY_S = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """The newest run of a scenario in a Region in which all steps were taken."""

    scenario: str
    region: str | None
    """None: the scenario is about no Region."""
    last: PastRun | None
    """None: it was never practised there."""

    def days_ago(self, now: float) -> int | None:
        """Whole days since it began; `now` in seconds since 1970."""
        return None if self.last is None else max(0, int((now - self.last.started_at) // DAY_S))

    def describe_age(self, now: float) -> str:
        """`less than a day ago`, `1 day ago`, `40 days ago`, `never`."""
        days = self.days_ago(now)
        if days is None:
            return "never"
        return f"{count_of(days, 'day')} ago" if days else "less than a day ago"


def last_practised(runs: Sequence[PastRun], scenarios: Iterable[str] = ()) -> tuple[Practice, ...]:
    """A row for each scenario and Region, by name; `scenarios` are known beside those of the runs.

    `runs` are newest first. The Regions are those of the newest run's stack, and of other runs.
    """
    names = sorted({*scenarios, *(one.scenario for one in runs)})
    return tuple(row for name in names for row in _of_scenario(name, runs))


def _of_scenario(name: str, runs: Sequence[PastRun]) -> Iterator[Practice]:
    own = [one for one in runs if one.scenario == name]
    for region in _regions(own, runs):
        done = (one for one in own if one.practised and one.subject == region)
        yield Practice(scenario=name, region=region, last=next(done, None))


def _regions(own: Sequence[PastRun], runs: Sequence[PastRun]) -> tuple[str | None, ...]:
    """Where the scenario was run, and could be; None for a scenario that is about no Region."""
    subjects = [one.subject for one in own]
    if not any(subjects):
        return (None,)
    now = runs[0].regions
    return (*now, *sorted({one for one in subjects if one and one not in now}))
