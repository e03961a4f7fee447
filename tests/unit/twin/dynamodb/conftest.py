"""An engine with two tables."""

import pytest

from tests.unit.twin.dynamodb.engine_calls import make_engine
from twin.dynamodb.engine import MemoryTableEngine


@pytest.fixture
def engine() -> MemoryTableEngine:
    return make_engine()
