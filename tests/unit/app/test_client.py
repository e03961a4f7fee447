"""The client's limits."""

import pytest

from app.client import LONGEST_TRY_S, make_time_budget


@pytest.mark.parametrize("total_s", [0.5, 1.5, 3.5, 20.0])
def test_three_tries_fit_the_budget(total_s: float) -> None:
    budget = make_time_budget(total_s)

    assert budget.total_s == total_s
    assert 3 * budget.try_s <= total_s
    assert budget.try_s <= LONGEST_TRY_S
