"""The section of the plan: what was meant to happen.

Decides which of the plan's parts are shown, and in which words.
"""

from collections.abc import Iterable
from pathlib import PurePath

from muster import durations
from muster.drill.instructions import words
from muster.drill.plan import Plan, PlannedStep
from muster.report.markup import Markup, el, join
from muster.report.tables import Column, listing, pairs, table


def section(made: Plan) -> Markup:
    """What was meant to happen."""
    return join(
        [
            _parameters(made),
            el("h3", "Steady state"),
            el("p", made.hypothesis_title),
            _planned("What must hold", made.hypothesis),
            el("h3", f"Method (about {durations.words(made.expected_s)})"),
            _planned("Planned steps", made.steps),
            _titled("Stops and rolls back when", (one.words for one in made.stop_conditions)),
            _titled("A rollback would put back", made.undo),
            _titled("Guards that were overridden (--force)", made.forced),
            _titled("What to look at", made.watch),
            _titled("Good to know", made.notes),
            _limits(made),
        ]
    )


def _parameters(made: Plan) -> Markup:
    rows = [
        ("scenario", f"{made.scenario} ({PurePath(made.source).name})"),
        *made.parameters.items(),
    ]
    return pairs("Scenario and parameters", rows)


def _planned(caption: str, planned: Iterable[PlannedStep]) -> Markup:
    columns = (
        Column("Step", "id"),
        Column("Activity", "wide"),
        Column("What", "wide"),
        Column("Within", "num"),
        Column("Guards", "wide"),
        Column("Marks"),
    )
    rows = (
        (
            one.id,
            one.activity,
            words(one.do),
            durations.words(one.within_s),
            ", ".join(one.guards),
            one.marks or "",
        )
        for one in planned
    )
    return table(caption, columns, rows)


def _titled(title: str, lines: Iterable[str]) -> Markup | None:
    made = listing(lines)
    return join([el("h3", title), made]) if made else None


def _limits(made: Plan) -> Markup:
    limits = made.limits
    return pairs(
        "Limits",
        [
            ("Lowest dial", f"{limits.dial_floor:g} %"),
            ("Largest turn of a dial", f"{limits.dial_step:g} %"),
            ("Most replication lag", durations.words(limits.lag_s)),
            ("Drain", f"{limits.drain_factor:g} times the recent lag"),
            ("Headroom", f"{limits.headroom:g} times the load that moves"),
            ("A guard may hold for", durations.words(limits.guard_hold_s)),
            ("A rollback waits for", durations.words(limits.rollback_hold_s)),
            ("Watched before and after", durations.words(limits.steady_s)),
        ],
    )
