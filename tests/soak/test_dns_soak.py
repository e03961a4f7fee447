"""Broken DNS messages, for a short time."""

import random

from tests.soak.dns_soak import soak


def test_no_broken_dns_message_costs_more_than_its_own_answer() -> None:
    assert soak(calls=2000, rng=random.Random(3)) == 0
