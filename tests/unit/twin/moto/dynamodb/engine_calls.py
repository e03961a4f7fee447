"""Calls of the engine, and what they must answer."""

import json
from typing import Any

from twin.core.table_engine import EngineResult
from twin.moto.dynamodb.engine import MotoTableEngine

KEY = {"id": {"S": "a"}}
WRONG, UNREADABLE = "ValidationException", "SerializationException"


def table_definition(name: str, *keys: str) -> dict[str, Any]:
    kinds = dict(zip(keys, ("HASH", "RANGE"), strict=False))
    return {
        "TableName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in kinds.items()],
        "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
        "BillingMode": "PAY_PER_REQUEST",
    }


def run_operation(engine: MotoTableEngine, operation: str, **request: Any) -> EngineResult:  # noqa: ANN401
    outcome = engine.execute(operation, request)
    assert outcome.status == 200, outcome.body
    return outcome


def expect_engine_error(engine: MotoTableEngine, operation: str, **request: Any) -> tuple[str, str]:  # noqa: ANN401
    outcome = engine.execute(operation, request)
    body = json.loads(outcome.body)
    assert outcome.status >= 400
    assert outcome.changes == ()
    return body["__type"].rpartition("#")[2], body.get("message") or body["Message"]


def put_engine_item(engine: MotoTableEngine, item: str, **attributes: Any) -> EngineResult:  # noqa: ANN401
    return run_operation(engine, "PutItem", TableName="t", Item={"id": {"S": item}, **attributes})


def index_definition(name: str, attribute: str = "g") -> dict[str, Any]:
    keys = [{"AttributeName": attribute, "KeyType": "HASH"}]
    return {"IndexName": name, "KeySchema": keys, "Projection": {"ProjectionType": "ALL"}}
