"""A plan for a prober in a process of its own."""

from muster.probe import ProbePlan, ProbeTarget


def make_test_plan(target: ProbeTarget, duration_s: float | None = 0.3) -> ProbePlan:
    """100 requests a second."""
    return ProbePlan(run="test", targets=(target,), rate=100.0, duration_s=duration_s)
