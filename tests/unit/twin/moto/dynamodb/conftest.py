"""An engine with two tables."""

import pytest

from tests.unit.twin.moto.dynamodb.engine_calls import run_operation, table_definition
from twin.moto.dynamodb.engine import MotoTableEngine


@pytest.fixture
def engine() -> MotoTableEngine:
    made = MotoTableEngine("eu-central-1", "123456789012")
    run_operation(made, "CreateTable", **table_definition("t", "id"))
    run_operation(made, "CreateTable", **table_definition("sorted", "id", "at"))
    return made
