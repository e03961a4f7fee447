"""The section of the plan: what was meant to happen.

Decides which of the plan's parts are shown, and in which words.
"""

from collections.abc import Iterable
from pathlib import PurePath

from muster.drill.plan.instructions import describe_instruction
from muster.drill.plan.model import DrillPlan, PlannedStep
from muster.formatting import format_duration
from muster.report.html import Markup, element, join_markup
from muster.report.tables import Column, listing, pairs, table


def plan_section(made: DrillPlan) -> Markup:
    """What was meant to happen."""
    return join_markup(
        [
            _parameters(made),
            element("h3", "Steady state"),
            element("p", made.hypothesis_title),
            _planned("What must hold", made.hypothesis),
            element("h3", f"Method (about {format_duration(made.expected_s)})"),
            _planned("Planned steps", made.steps),
            _titled("Stops and rolls back when", (one.words for one in made.stop_conditions)),
            _titled("A rollback would put back", made.undo),
            _titled("Guards that were overridden (--force)", made.forced),
            _titled("What to look at", made.watch),
            _titled("Good to know", made.notes),
            _limits(made),
        ]
    )


def _parameters(made: DrillPlan) -> Markup:
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
            describe_instruction(one.do),
            format_duration(one.within_s),
            ", ".join(one.guards),
            one.marks or "",
        )
        for one in planned
    )
    return table(caption, columns, rows)


def _titled(title: str, lines: Iterable[str]) -> Markup | None:
    made = listing(lines)
    return join_markup([element("h3", title), made]) if made else None


def _limits(made: DrillPlan) -> Markup:
    limits = made.limits
    return pairs(
        "Limits",
        [
            ("Lowest dial", f"{limits.dial_floor:g} %"),
            ("Largest turn of a dial", f"{limits.dial_step:g} %"),
            ("Most replication lag", format_duration(limits.lag_s)),
            ("Drain", f"{limits.drain_factor:g} times the recent lag"),
            ("Headroom", f"{limits.headroom:g} times the load that moves"),
            ("A guard may hold for", format_duration(limits.guard_hold_s)),
            ("A rollback waits for", format_duration(limits.rollback_hold_s)),
            ("Watched before and after", format_duration(limits.steady_s)),
        ],
    )
