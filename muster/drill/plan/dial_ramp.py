"""How dials move: in rounds, no turn larger than a step, up before down.

Up before down, so that capacity is there before traffic is sent away from where it was. Pure.
"""

from collections.abc import Mapping

DIAL_EPSILON = 1e-6
"""Percentages that differ by less are the same."""


def ramp_dials(
    dials: Mapping[str, float], goals: Mapping[str, float], step: float
) -> list[list[tuple[str, float]]]:
    """Rounds of turns from `dials` to `goals`, none larger than `step`; up before down.

    When all stand where they should, each is turned to it once, so that a plan says so.
    """
    now = {region: dials[region] for region in goals}
    still = all(abs(goal - now[region]) <= DIAL_EPSILON for region, goal in goals.items())
    rounds: list[list[tuple[str, float]]] = []
    while True:
        turns = []
        for region, goal in goals.items():
            if abs(goal - now[region]) > DIAL_EPSILON or (still and not rounds):
                turn = max(-step, min(step, goal - now[region]))
                turns.append((region, round(now[region] + turn, 6)))
        if not turns:
            return rounds
        rounds.append(sorted(turns, key=lambda turn: turn[1] < now[turn[0]]))
        now.update(turns)
