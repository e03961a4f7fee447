"""The ids that moto draws for a request of the journal."""

import random

from moto.moto_api._internal import mock_random

from tests.clocks import ManualClock
from twin.moto.patches.determinism import Determinism

BORN = 1_800_000_000.0


def draws(number: int, *, at: float = 0.0, created_at: float = BORN) -> tuple[str, float]:
    """What moto's two sources of randomness give during a request."""
    with Determinism(ManualClock(0.0), created_at).request(number, at):
        return str(mock_random.uuid4()), random.random()  # noqa: TID251 - moto draws from it


def test_a_repeated_request_draws_the_same_whenever_it_is_made() -> None:
    first = draws(7, at=1.0)
    draws(8)

    assert draws(7, at=2.0) == first


def test_each_request_of_each_journal_draws_something_else() -> None:
    drawn = {draws(number, created_at=born) for number in (1, 2) for born in (BORN, BORN + 1)}

    assert len(drawn) == 4
