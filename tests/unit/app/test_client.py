"""The client's limits."""

import pytest

from app import client


@pytest.mark.parametrize("total_s", [0.5, 1.5, 3.5, 20.0])
def test_three_tries_fit_the_budget(total_s: float) -> None:
    budget = client.budget(total_s)

    assert budget.total_s == total_s
    assert 3 * budget.try_s <= total_s
    assert budget.try_s <= client.LONGEST_TRY_S
