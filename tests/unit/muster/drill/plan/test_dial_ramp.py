"""Rounds of turns from dials to their goals."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.drill.plan.dial_ramp import ramp_dials

percents = st.floats(0, 100).map(lambda value: round(value, 3))


@given(
    st.lists(st.tuples(percents, percents), min_size=1, max_size=8),
    st.floats(1, 100),
)
def test_a_ramp_arrives_in_turns_no_larger_than_the_step(
    moves: list[tuple[float, float]], step: float
) -> None:
    now = {f"region-{n}": start for n, (start, _) in enumerate(moves)}
    goals = {f"region-{n}": goal for n, (_, goal) in enumerate(moves)}
    always_some = any(now.values()) and any(goals.values())

    for turns in ramp_dials(now, goals, step):
        ups = [percent > now[region] for region, percent in turns]
        assert ups == sorted(ups, reverse=True)
        for region, percent in turns:
            assert abs(percent - now[region]) <= step + 1e-5
            now[region] = percent
            assert any(now.values()) or not always_some

    assert now == pytest.approx(goals, abs=1e-5)


def test_dials_go_up_before_others_go_down() -> None:
    assert ramp_dials({"a": 100.0, "b": 0.0}, {"a": 0.0, "b": 100.0}, 60.0) == [
        [("b", 60.0), ("a", 40.0)],
        [("b", 100.0), ("a", 0.0)],
    ]


def test_dials_at_their_goals_are_turned_once() -> None:
    assert ramp_dials({"a": 100.0, "b": 0.0}, {"b": 0.0}, 50.0) == [[("b", 0.0)]]
