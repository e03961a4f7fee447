"""The client's time-outs."""

import pytest

from app.store import MAX_ATTEMPT_S, make_time_budget


@pytest.mark.parametrize("total_s", [0.5, 1.5, 3.5, 20.0])
def test_three_attempts_fit_into_the_budget(total_s: float) -> None:
    budget = make_time_budget(total_s)

    assert budget.total_s == total_s
    assert 3 * budget.attempt_s <= total_s
    assert budget.attempt_s <= MAX_ATTEMPT_S
