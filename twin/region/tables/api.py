"""DynamoDB's API in one Region: which part serves which operation, and how answers look.

Requests come as AWS JSON 1.0, `X-Amz-Target: DynamoDB_20120810.GetItem` and
`DynamoDBStreams_20120810.GetRecords`. Signatures and credentials are not looked at: the twin has
one account (a simplification), and the gateway chose the Region.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html
"""

import json
import logging
import random
import zlib
from collections.abc import Callable
from typing import Any

from aiohttp import web

from common.clock import Clock
from twin.core.global_table import updates_replicas
from twin.core.table_engine import EngineResult, TableApiError, TableEngine, error_result
from twin.region.tables.global_tables import GlobalTables
from twin.region.tables.idempotency import IdempotencyTokens
from twin.region.tables.store import TableStore

log = logging.getLogger(__name__)

TARGET = "DynamoDB_20120810"
STREAMS_TARGET = "DynamoDBStreams_20120810"

ITEM_WRITES = frozenset(
    {
        "BatchExecuteStatement",
        "BatchWriteItem",
        "DeleteItem",
        "ExecuteStatement",
        "ExecuteTransaction",
        "PutItem",
        "TransactWriteItems",
        "UpdateItem",
    }
)
SETTINGS = frozenset(
    {
        "DeleteResourcePolicy",
        "PutResourcePolicy",
        "TagResource",
        "UntagResource",
        "UpdateContinuousBackups",
        "UpdateTimeToLive",
    }
)


class DynamoDbApi:
    """One Region's DynamoDB API."""

    def __init__(
        self,
        *,
        engine: TableEngine,
        ledger: TableStore,
        global_tables: GlobalTables,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._engine = engine
        self._ledger = ledger
        self._global = global_tables
        self._rng = rng
        self._tokens = IdempotencyTokens(clock)

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one HTTP request."""
        service, _, operation = request.headers.get("X-Amz-Target", "").partition(".")
        body = await request.read()
        try:
            outcome = await self._answer(service, operation, body)
        except TableApiError as exc:
            outcome = error_result(exc)
        except Exception:  # the edge of the process: one request fails, no other
            log.exception("%s failed", operation)
            outcome = error_result(
                TableApiError("InternalServerError", "the Region's log says what went wrong", 500)
            )
        return web.Response(
            body=outcome.body,
            status=outcome.status,
            headers={
                "Content-Type": "application/x-amz-json-1.0",
                "x-amzn-RequestId": f"{self._rng.getrandbits(208):052X}",
                "x-amz-crc32": str(zlib.crc32(outcome.body)),
                "Server": "Server",
            },
        )

    async def _answer(self, service: str, operation: str, body: bytes) -> EngineResult:
        request = _parse(body)
        if service == STREAMS_TARGET and self._ledger.streams.serves(operation):
            return _ok(self._ledger.streams.run(operation, request))
        known = self._engine.serves(operation) or operation == "UpdateTable"
        if service != TARGET or not known:
            raise TableApiError("UnknownOperationException", _unknown(service, operation))
        if b"arn:aws" in body:
            _plain_names(request)
        if operation in ITEM_WRITES:
            return self._write(operation, request)
        if operation == "UpdateTable" and updates_replicas(request):
            return await self._update_replicas(request)
        return self._settings_or_read(operation, request)

    def _settings_or_read(self, operation: str, request: dict[str, Any]) -> EngineResult:
        special: dict[str, Callable[[dict[str, Any]], EngineResult]] = {
            "CreateTable": self._create_table,
            "DeleteTable": self._delete_table,
            "DescribeTable": self._describe_table,
            "UpdateTable": self._update_table,
        }
        if operation in special:
            return special[operation](request)
        if operation in SETTINGS:
            return self._change_settings(operation, request)
        hidden = () if operation == "ListTables" else self._creating()
        return self._engine.execute(operation, request, hidden)

    # -- items

    def _write(self, operation: str, request: dict[str, Any]) -> EngineResult:
        token = request.get("ClientRequestToken") if operation == "TransactWriteItems" else None
        if token and (done := self._tokens.find(token, request)) is not None:
            return done
        outcome = self._engine.execute(operation, request, self._creating())
        if outcome.changes:
            self._ledger.commit_items(outcome.changes)
        if token and outcome.status == 200:
            self._tokens.keep(token, request, outcome)
        return outcome

    def _creating(self) -> list[str]:
        """The replicas that are being made: there for descriptions only, else not found.

        "Its status might not be ACTIVE" is one of the reasons of ResourceNotFoundException:
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
        """
        return [state.name for state in self._ledger.tables.values() if state.creating]

    # -- tables

    def _create_table(self, request: dict[str, Any]) -> EngineResult:
        outcome = self._engine.execute("CreateTable", request)
        if outcome.status == 200:
            name = request["TableName"]
            self._ledger.commit_create(name, _uuid(self._rng))
        return self._described(outcome, "TableDescription")

    def _describe_table(self, request: dict[str, Any]) -> EngineResult:
        return self._described(self._engine.execute("DescribeTable", request), "Table")

    def _update_table(self, request: dict[str, Any]) -> EngineResult:
        name = request.get("TableName", "")
        state = self._ledger.tables.get(name)
        if state is not None:
            self._global.refuse_while_changing(state)
            if (
                state.others
                and request.get("StreamSpecification", {}).get("StreamEnabled") is False
            ):
                # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
                raise TableApiError(
                    "ValidationException",
                    "Disabling Stream is not allowed for a Global Table replica.",
                )
        outcome = self._change_settings("UpdateTable", request)
        return self._described(outcome, "TableDescription")

    def _change_settings(self, operation: str, request: dict[str, Any]) -> EngineResult:
        name = request.get("TableName") or str(request.get("ResourceArn", "")).rpartition("/")[2]
        outcome = self._engine.execute(operation, request, self._creating())
        if name in self._ledger.tables:
            if outcome.status == 200:
                self._ledger.commit_settings(name)
            else:
                self._ledger.undo_settings(name)
        return outcome

    async def _update_replicas(self, request: dict[str, Any]) -> EngineResult:
        await self._global.update(request)
        described = self._engine.execute("DescribeTable", {"TableName": request["TableName"]})
        table = json.loads(described.body)["Table"]
        self._global.describe(table)
        table["TableStatus"] = "UPDATING"
        return _ok({"TableDescription": table})

    def _delete_table(self, request: dict[str, Any]) -> EngineResult:
        described = self._engine.execute("DescribeTable", request)
        if described.status != 200:
            return described
        name = request["TableName"]
        table = json.loads(described.body)["Table"]
        self._global.prepare_delete(name)
        self._ledger.commit_drop(name)
        return _ok({"TableDescription": {**table, "TableStatus": "DELETING"}})

    def _described(self, outcome: EngineResult, member: str) -> EngineResult:
        if outcome.status != 200:
            return outcome
        answer = json.loads(outcome.body)
        self._global.describe(answer[member])
        return _ok(answer)


def _parse(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        request = None
    if not isinstance(request, dict):
        raise TableApiError("SerializationException", "the request's body is not a JSON object")
    if not isinstance(request.get("TableName", ""), str):
        raise TableApiError("SerializationException", "TableName is not a string")
    return request


def _plain_names(request: dict[str, Any]) -> None:
    """TableName may be an ARN; everything behind here knows names."""
    if isinstance(request.get("TableName"), str):
        request["TableName"] = _name(request["TableName"])
    if isinstance(request.get("RequestItems"), dict):
        request["RequestItems"] = {_name(t): r for t, r in request["RequestItems"].items()}
    for entry in request.get("TransactItems") or ():
        for action in entry.values():
            _plain_names(action)


def _name(table: str) -> str:
    return table.partition(":table/")[2].partition("/")[0] if table.startswith("arn:") else table


def _ok(answer: dict[str, Any]) -> EngineResult:
    return EngineResult(status=200, body=json.dumps(answer, separators=(",", ":")).encode())


def _unknown(service: str, operation: str) -> str:
    if not operation:
        return "X-Amz-Target is missing or is not SERVICE.OPERATION"
    return f"the twin's DynamoDB does not serve {service}.{operation}"


def _uuid(rng: random.Random) -> str:
    digits = f"{rng.getrandbits(128):032x}"
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
