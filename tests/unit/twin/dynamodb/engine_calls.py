"""Calls of the engine, and what they must answer."""

import json
from typing import Any

from twin.core.tables.table_engine import EngineResult
from twin.dynamodb.engine import MemoryTableEngine

KEY = {"id": {"S": "a"}}
WRONG, UNREADABLE = "ValidationException", "SerializationException"
NOT_FOUND = "ResourceNotFoundException"
NOW = 1_700_000_000.5


def make_engine() -> MemoryTableEngine:
    """An engine with the tables `tab` and `sorted`."""
    engine = MemoryTableEngine("eu-central-1", "123456789012", lambda: NOW)
    run_operation(engine, "CreateTable", **table_definition("tab", "id"))
    run_operation(engine, "CreateTable", **table_definition("sorted", "id", "at"))
    return engine


def table_definition(name: str, *keys: str, **types: str) -> dict[str, Any]:
    """A table of these keys, which are strings unless `types` has another type."""
    kinds = dict(zip(keys, ("HASH", "RANGE"), strict=False))
    return {
        "TableName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in kinds.items()],
        "AttributeDefinitions": [
            {"AttributeName": key, "AttributeType": types.get(key, "S")} for key in (*keys, *types)
        ],
        "BillingMode": "PAY_PER_REQUEST",
    }


def run_operation(engine: MemoryTableEngine, operation: str, **request: Any) -> EngineResult:  # noqa: ANN401
    outcome = engine.execute(operation, request)
    assert outcome.status == 200, outcome.body
    return outcome


def response_of(engine: MemoryTableEngine, operation: str, **request: Any) -> Any:  # noqa: ANN401
    """The JSON of a successful response."""
    return json.loads(run_operation(engine, operation, **request).body)


def expect_engine_error(
    engine: MemoryTableEngine,
    operation: str,
    **request: Any,  # noqa: ANN401
) -> tuple[str, str]:
    """Code and message of an error that has changed nothing."""
    before = {name: list(engine.all_images(name)) for name in engine.table_names()}
    settings = {name: engine.settings(name) for name in engine.table_names()}
    outcome = engine.execute(operation, request)
    body = json.loads(outcome.body)
    assert outcome.status >= 400
    assert outcome.changes == ()
    assert {name: list(engine.all_images(name)) for name in engine.table_names()} == before
    assert {name: engine.settings(name) for name in engine.table_names()} == settings
    return body["__type"].rpartition("#")[2], body.get("message") or body["Message"]


def put_engine_item(engine: MemoryTableEngine, item: str, **attributes: Any) -> EngineResult:  # noqa: ANN401
    return run_operation(engine, "PutItem", TableName="tab", Item={"id": {"S": item}, **attributes})


def index_definition(name: str, attribute: str = "g") -> dict[str, Any]:
    keys = [{"AttributeName": attribute, "KeyType": "HASH"}]
    return {"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
