"""An engine with two tables."""

import pytest

from tests.unit.twin.moto.dynamodb.engine_calls import definition, ok
from twin.moto.dynamodb.engine import MotoTableEngine


@pytest.fixture
def engine() -> MotoTableEngine:
    made = MotoTableEngine("eu-central-1", "123456789012")
    ok(made, "CreateTable", **definition("t", "id"))
    ok(made, "CreateTable", **definition("sorted", "id", "at"))
    return made
