"""The identifiers of requests and traces."""

import random
import re
import uuid

from tests.clocks import ManualClock
from twin.region.ids import IdGenerator


def generator(seed: int = 1) -> IdGenerator:
    return IdGenerator(ManualClock(0x5F000000), random.Random(seed))


def test_a_request_id_is_a_random_uuid() -> None:
    ids = generator()

    made = {ids.request_id() for _ in range(100)}

    assert len(made) == 100
    assert {(uuid.UUID(text).version, uuid.UUID(text).variant) for text in made} == {
        (4, uuid.RFC_4122)
    }
    assert all(str(uuid.UUID(text)) == text for text in made)


def test_a_trace_id_begins_with_the_time() -> None:
    """https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html#xray-api-traceids"""
    ids = generator()

    first, second = ids.trace_id(), ids.trace_id()

    assert re.fullmatch(r"1-5f000000-[0-9a-f]{24}", first)
    assert first != second


def test_the_same_seed_makes_the_same_ids() -> None:
    one, other, third = generator(), generator(), generator(2)

    assert one.request_id() == other.request_id() != third.request_id()
    assert one.draw() == other.draw()
