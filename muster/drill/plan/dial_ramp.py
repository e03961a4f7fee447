"""Turn dials in rounds: no turn larger than a step, and dials up before dials down.

Up before down, so that a Region has capacity before the others send their traffic to it.
"""

from collections.abc import Mapping

DIAL_EPSILON = 1e-6
"""Percentages that differ by less are equal."""


def ramp_dials(
    dials: Mapping[str, float], goals: Mapping[str, float], step: float
) -> list[list[tuple[str, float]]]:
    """Rounds of (Region, percent) from `dials` to `goals`.

    When every dial is at its goal already, each is turned to it once, so that a plan shows it.
    """
    now = {region: dials[region] for region in goals}
    at_goal = all(abs(goal - now[region]) <= DIAL_EPSILON for region, goal in goals.items())
    rounds: list[list[tuple[str, float]]] = []
    while True:
        turns = []
        for region, goal in goals.items():
            if abs(goal - now[region]) > DIAL_EPSILON or (at_goal and not rounds):
                turn = max(-step, min(step, goal - now[region]))
                turns.append((region, round(now[region] + turn, 6)))
        if not turns:
            return rounds
        rounds.append(sorted(turns, key=lambda turn: turn[1] < now[turn[0]]))
        now.update(turns)
