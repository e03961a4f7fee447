"""The distribution of replication lags."""

import random
from statistics import median

import pytest

from twin.core.tables.replication import lag_quantile_s
from twin.region.tables.replication.replicator import lag_sampler


def test_half_of_the_lags_are_below_the_median_and_none_below_zero() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    draw = lag_sampler(0.5, 0.3, random.Random(1))

    lags = [draw() for _ in range(20_000)]

    assert median(lags) == pytest.approx(0.5, rel=0.02)
    assert min(lags) > 0


@pytest.mark.parametrize("spread", [0.1, 0.3, 1.0])
def test_the_quantile_of_the_lags_is_the_one_that_status_shows(spread: float) -> None:
    draw = lag_sampler(2.0, spread, random.Random(2))

    lags = sorted(draw() for _ in range(20_000))

    assert lags[int(0.95 * len(lags))] == pytest.approx(lag_quantile_s(2.0, spread, 0.95), rel=0.05)


def test_without_spread_or_without_median_all_lags_are_equal() -> None:
    same, none = lag_sampler(0.5, 0.0, random.Random(3)), lag_sampler(0.0, 0.3, random.Random(3))

    assert {round(same(), 9) for _ in range(10)} == {0.5}
    assert {none() for _ in range(10)} == {0.0}


def test_the_same_seed_draws_the_same_lags() -> None:
    one, other = (lag_sampler(0.5, 0.3, random.Random(7)) for _ in range(2))

    assert [one() for _ in range(5)] == [other() for _ in range(5)]
