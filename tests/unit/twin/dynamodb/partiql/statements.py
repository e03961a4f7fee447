"""An engine with the tables `hash` (key pk) and `range` (keys pk, sk), and PartiQL calls of it."""

import json
from typing import Any

from twin.core.tables.table_engine import EngineResult, Image
from twin.dynamodb.engine import MemoryTableEngine

NOW = 1_700_000_000.0


def open_partiql_engine() -> MemoryTableEngine:
    engine = MemoryTableEngine("eu-central-1", "123456789012", lambda: NOW)
    _create(engine, "hash", {"pk": "S"})
    _create(
        engine,
        "range",
        {"pk": "S", "sk": "N"},
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": kind}
            for name, kind in (("pk", "S"), ("sk", "N"), ("color", "S"), ("near", "S"))
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "by-color",
                "KeySchema": [{"AttributeName": "color", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
        LocalSecondaryIndexes=[
            {
                "IndexName": "by-local",
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "near", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    return engine


def _create(engine: MemoryTableEngine, name: str, keys: dict[str, str], **more: Any) -> None:  # noqa: ANN401
    kinds = zip(keys, ("HASH", "RANGE"), strict=False)
    request = {
        "TableName": name,
        "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in kinds],
        "AttributeDefinitions": [
            {"AttributeName": key, "AttributeType": kind} for key, kind in keys.items()
        ],
        "BillingMode": "PAY_PER_REQUEST",
        **more,
    }
    outcome = engine.execute("CreateTable", request)
    assert outcome.status == 200, outcome.body


def execute(engine: MemoryTableEngine, statement: str, *parameters: Image, **more: Any) -> Any:  # noqa: ANN401
    """The response of an ExecuteStatement that succeeds."""
    outcome = _run(engine, statement, parameters, more)
    assert outcome.status == 200, outcome.body
    return json.loads(outcome.body)


def sentence(*parts: str) -> str:
    """A statement of these parts."""
    return " ".join(parts)


def items(
    engine: MemoryTableEngine,
    statement: str,
    *parameters: Image,
    **more: Any,  # noqa: ANN401
) -> list[Image]:
    """The items that a statement returns."""
    found: list[Image] = execute(engine, statement, *parameters, **more)["Items"]
    return found


def error(
    engine: MemoryTableEngine,
    statement: str,
    *parameters: Image,
    **more: Any,  # noqa: ANN401
) -> tuple[str, str]:
    """The code and message of an ExecuteStatement that fails, and changes nothing."""
    outcome = _run(engine, statement, parameters, more)
    assert outcome.status == 400
    assert outcome.changes == ()
    return read_error(outcome)


def read_error(outcome: EngineResult) -> tuple[str, str]:
    body = json.loads(outcome.body)
    return body["__type"].rpartition("#")[2], body.get("message") or body["Message"]


def invalid(engine: MemoryTableEngine, statement: str, *parameters: Image, **more: Any) -> str:  # noqa: ANN401
    """The message of a ValidationException."""
    code, message = error(engine, statement, *parameters, **more)
    assert code == "ValidationException"
    return message


def malformed(engine: MemoryTableEngine, statement: str) -> str:
    """What is wrong with the statement's syntax."""
    start = "Statement wasn't well formed, can't be processed: "
    message = invalid(engine, statement)
    assert message.startswith(start)
    return message.removeprefix(start)


def _run(
    engine: MemoryTableEngine, statement: str, parameters: tuple[Image, ...], more: dict[str, Any]
) -> EngineResult:
    request = {"Statement": statement, **more}
    if parameters:
        request["Parameters"] = list(parameters)
    return engine.execute("ExecuteStatement", request)
