"""Past runs as the history of drills reads them, and the facts of runs that are compared."""

from dataclasses import replace
from typing import Any

from muster.trend.past_runs import PastRun
from muster.trend.run_facts import NUMBER_LABELS, RunFacts, RunNumber
from tests.unit.muster.drill.builders import AWAY, HOME
from tests.unit.muster.sample_clock import NOW

DAY_S = 86400.0

_RUN = PastRun(
    run="2026-11-21T10-00-00-evacuate",
    scenario="evacuate",
    subject=AWAY,
    regions=(HOME, AWAY),
    parameters={"region": AWAY, "hold": "60 s"},
    targets={"RTO": "5 s"},
    started_at=NOW,
    status="met",
    why="RTO 3.2 s, at most 5 s",
    exit_code=0,
    rto_s=3.2,
    rto_at_least=False,
    rpo_s=0.0,
    trusted=True,
)


def build_past_run(*, days_ago: float = 0.0, **changes: Any) -> PastRun:  # noqa: ANN401 - any field
    """A run that met its targets."""
    return replace(_RUN, **{"started_at": NOW - days_ago * DAY_S, **changes})


_FACTS = RunFacts(
    run="2026-11-21T10-00-00-region-loss",
    scenario="region-loss",
    subject=AWAY,
    started_at=NOW,
    status="met",
    headline="Targets met",
    doubt="",
    numbers={name: RunNumber(value=0.25, at_most=0.5) for name in NUMBER_LABELS},
    settings={"muster": "0.1.0", "parameter hold": "60 s"},
)


def build_facts(n: int = 0, number: RunNumber | None = None, **changes: Any) -> RunFacts:  # noqa: ANN401 - any field
    """The n-th run, a day after the one before; `number` is every number of it."""
    at = {"run": f"run-{n}", "started_at": NOW + n * DAY_S}
    numbers = {"numbers": dict.fromkeys(NUMBER_LABELS, number)} if number else {}
    return replace(_FACTS, **{**at, **numbers, **changes})
