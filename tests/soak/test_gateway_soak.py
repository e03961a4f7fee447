"""Broken requests to API Gateway, for a short time."""

import random

from tests.soak.gateway_soak import soak


async def test_no_broken_request_costs_more_than_its_own_connection() -> None:
    assert await soak(calls=200, rng=random.Random(3)) == 0
