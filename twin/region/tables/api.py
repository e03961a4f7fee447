"""DynamoDB's HTTP API in one Region: dispatch of the operations, and the form of responses.

Requests are AWS JSON 1.0, with `X-Amz-Target: DynamoDB_20120810.GetItem` or
`DynamoDBStreams_20120810.GetRecords`. Signatures and credentials are not checked: the twin has one
account (a simplification), and the gateway has chosen the Region.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.LowLevelAPI.html

A transaction with a known ClientRequestToken is not executed again:
"...the original call's response is returned ... A client request token is valid for 10 minutes":
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
Tokens are kept in memory only, so a restart loses them (a simplification).
"""

import json
import logging
import random
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any
from uuid import UUID

from aiohttp import web
from aiohttp.helpers import rfc822_formatted_time

from common.clock import Clock
from twin.core.http.strict_json import parse_json
from twin.core.tables.global_table import updates_replicas
from twin.core.tables.table_engine import EngineResult, TableApiError, error_result
from twin.dynamodb.requests.endpoint import MAX_REQUEST_BYTES, answer_no_call
from twin.dynamodb.requests.table_arns import table_name
from twin.internal_api.fast_path import Answer
from twin.internal_api.plain_requests import PlainRequest, encode_response
from twin.region.tables.replication.global_tables import GlobalTables
from twin.region.tables.replication.strong import (
    StrongTables,
    is_consistent_read,
    is_selection,
    named_tables,
)
from twin.region.tables.restores import TableRestores
from twin.region.tables.storage.store import TableStore
from twin.region.tables.storage.table_state import TableState

VALID_S = 600.0


class IdempotencyTokens:
    """The results of the last ten minutes, by token."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._results: OrderedDict[str, tuple[float, int, EngineResult]] = OrderedDict()
        """Token -> (monotonic time, digest of the request, result)."""

    def find(self, token: str, digest: int) -> EngineResult | None:
        """The token's result. Raises TableApiError if the token came with another request."""
        self._expire()
        stored = self._results.get(token)
        if stored is None:
            return None
        _, digest_of_first, result = stored
        if digest != digest_of_first:
            raise TableApiError(
                "IdempotentParameterMismatchException",
                "The request was retried with the same client token but with different parameters",
            )
        return result

    def store(self, token: str, digest: int, result: EngineResult) -> None:
        without_changes = EngineResult(status=result.status, body=result.body)
        self._results[token] = (self._clock.monotonic(), digest, without_changes)

    def _expire(self) -> None:
        oldest = self._clock.monotonic() - VALID_S
        while self._results and next(iter(self._results.values()))[0] < oldest:
            self._results.popitem(last=False)


def _digest(request: dict[str, Any]) -> int:
    return hash(json.dumps(request, sort_keys=True))


log = logging.getLogger(__name__)

TARGET = "DynamoDB_20120810"
STREAMS_TARGET = "DynamoDBStreams_20120810"

TRANSACTIONS = frozenset({"ExecuteTransaction", "TransactWriteItems"})
ITEM_READS = frozenset({"BatchGetItem", "GetItem", "Query", "Scan", "TransactGetItems"})
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
ITEM_OPERATIONS = ITEM_READS | ITEM_WRITES
BACKUPS = frozenset({"DescribeContinuousBackups", "UpdateContinuousBackups"})
NOT_OF_DELETED = frozenset(
    {
        "AttributeDefinitions",
        "CreationDateTime",
        "GlobalSecondaryIndexes",
        "KeySchema",
        "LocalSecondaryIndexes",
    }
)
"""What DeleteTable leaves out of a table's description (see its example).

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DeleteTable.html
"""
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
    def __init__(
        self,
        *,
        store: TableStore,
        global_tables: GlobalTables,
        restores: TableRestores,
        strong: StrongTables,
        clock: Clock,
        rng: random.Random,
    ) -> None:
        self._engine = store.engine
        self._store = store
        self._global = global_tables
        self._restores = restores
        self._strong = strong
        self._rng = rng
        self._tokens = IdempotencyTokens(clock)
        self._of_tables: dict[str, Callable[[dict[str, Any]], EngineResult]] = {
            "CreateTable": self._create_table,
            "DeleteTable": self._delete_table,
            "DescribeTable": self._describe_table,
            "ListTables": self._list_tables,
            "RestoreTableToPointInTime": self._restore_table,
            "UpdateTable": self._update_table,
        }

    async def handle(self, request: web.Request) -> web.Response:
        result = self._answer(request.headers.get("X-Amz-Target", ""), await request.read())
        if not isinstance(result, EngineResult):
            result = await result
        headers = self._response_headers(result.body)
        return web.Response(body=result.body, status=result.status, headers=headers)

    def answer_no_call(self, request: web.Request) -> web.Response:
        """The answer to another method than POST or another path than `/`."""
        answer = answer_no_call(request.method, request.path, self._store.region)
        headers = self._response_headers(answer.body, answer.content_type)
        return web.Response(body=answer.body, status=answer.status, headers=headers)

    def answer_plain_request(self, request: PlainRequest) -> Answer:
        """The same for a request on the fast path."""
        result = self._answer(request.head.headers.get("x-amz-target", ""), request.body)
        if isinstance(result, EngineResult):
            return self._encode(result)
        return self._encode_later(result)

    async def _encode_later(self, waiting: Awaitable[EngineResult]) -> bytes | None:
        return self._encode(await waiting)

    def _encode(self, result: EngineResult) -> bytes:
        headers = self._response_headers(result.body)
        return encode_response(result.status, headers, result.body, rfc822_formatted_time())

    def _response_headers(
        self, body: bytes, content_type: str = "application/x-amz-json-1.0"
    ) -> dict[str, str]:
        return {
            "Content-Type": content_type,
            "x-amzn-RequestId": f"{self._rng.getrandbits(208):052X}",
            "x-amz-crc32": str(zlib.crc32(body)),
            "Server": "Server",
        }

    def _answer(self, target: str, body: bytes) -> EngineResult | Awaitable[EngineResult]:
        """The result, at once for operations that wait for no other Region."""
        service, _, operation = target.partition(".")
        try:
            result = self._execute(service, operation, body)
        except Exception as exc:  # noqa: BLE001 - the process's edge: only this request fails
            return _describe_failure(operation, exc)
        return result if isinstance(result, EngineResult) else _finish(operation, result)

    def _execute(
        self, service: str, operation: str, body: bytes
    ) -> EngineResult | Coroutine[Any, Any, EngineResult]:
        request = _parse_request(body)
        if service == STREAMS_TARGET and self._store.streams.serves(operation):
            return _success(self._store.streams.execute(operation, request))
        known = self._engine.serves(operation) or operation in self._of_tables
        if service != TARGET or not known:
            message = _describe_unknown(service, operation)
            raise TableApiError("UnknownOperationException", message)
        self._check_no_witness(operation, request)
        if self._store.has_strong_tables and operation in ITEM_OPERATIONS:
            strong = self._strong.strong_tables(named_tables(operation, request))
            if strong:
                return self._execute_strongly(operation, request, strong)
        if operation in ITEM_WRITES:
            return self._write_items(operation, request)
        if operation in SETTINGS | BACKUPS or operation in self._of_tables:
            request = self._engine.checked_request(operation, request)
        if operation == "UpdateTable" and updates_replicas(request):
            return self._update_replicas(request)
        return self._execute_other(operation, request)

    def _check_no_witness(self, operation: str, request: dict[str, Any]) -> None:
        """A witness of a global table is no table for anybody: raise ResourceNotFoundException."""
        name = table_name(str(request.get("TableName", "")))
        state = self._store.tables.get(name)
        if state is not None and state.is_witness and operation != "CreateTable":
            raise TableApiError(
                "ResourceNotFoundException",
                f"Requested resource not found: Table: {name} not found",
            )

    def _list_tables(self, request: dict[str, Any]) -> EngineResult:
        result = self._engine.execute("ListTables", request)
        witnesses = {state.name for state in self._store.tables.values() if state.is_witness}
        if result.status != 200 or not witnesses:
            return result
        page = json.loads(result.body)
        names = [name for name in page["TableNames"] if name not in witnesses]
        return _success({**page, "TableNames": names})

    def _execute_other(self, operation: str, request: dict[str, Any]) -> EngineResult:
        if operation in self._of_tables:
            return self._of_tables[operation](request)
        if operation in SETTINGS:
            result = self._change_settings(operation, request)
        else:
            result = self._engine.execute(operation, request, self._tables_in_creation())
        return self._complete_backups(result, request) if operation in BACKUPS else result

    # -- items

    def _write_items(self, operation: str, request: dict[str, Any]) -> EngineResult:
        token = request.get("ClientRequestToken") if operation in TRANSACTIONS else None
        digest = _digest(request) if isinstance(token, str) else 0  # of the request as it was sent
        if isinstance(token, str) and (stored := self._tokens.find(token, digest)) is not None:
            return stored
        result = self._engine.execute(operation, request, self._tables_in_creation())
        if result.changes:
            self._store.commit_items(result.changes)
        if isinstance(token, str) and result.status == 200 and not is_selection(request):
            # What was read may be megabytes, and SDKs give every transaction a token of its own.
            self._tokens.store(token, digest, result)
        return result

    async def _execute_strongly(
        self, operation: str, request: dict[str, Any], tables: list[TableState]
    ) -> EngineResult:
        """An operation on items of tables with multi-Region strong consistency.

        Transactions are not supported:
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
        """
        if operation.startswith("Transact") or operation == "ExecuteTransaction":
            raise TableApiError(
                "ValidationException",
                "Transactional operations are not supported on global tables with multi-Region "
                f"strong consistency: {tables[0].name}",
            )
        hidden = self._tables_in_creation()
        if operation in ITEM_WRITES and not is_selection(request):
            return await self._strong.write(
                tables, lambda: self._engine.execute(operation, request, hidden)
            )
        if is_consistent_read(request):
            await self._strong.catch_up(tables)
        return self._engine.execute(operation, request, hidden)

    def _tables_in_creation(self) -> list[str]:
        """The replicas and restored tables in creation, which only descriptions find; witnesses.

        "Its status might not be ACTIVE" is one of the reasons of ResourceNotFoundException:
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
        """
        states = self._store.tables.values()
        return [s.name for s in states if s.is_creating or s.is_restoring or s.is_witness]

    # -- tables

    def _create_table(self, request: dict[str, Any]) -> EngineResult:
        result = self._engine.execute("CreateTable", request)
        if result.status == 200:
            name = request["TableName"]
            self._store.commit_created_table(name, _make_uuid(self._rng))
        return self._complete(result, "TableDescription")

    def _describe_table(self, request: dict[str, Any]) -> EngineResult:
        return self._complete(self._engine.execute("DescribeTable", request), "Table")

    def _restore_table(self, request: dict[str, Any]) -> EngineResult:
        name = self._restores.restore(request, lambda: _make_uuid(self._rng))
        return _success({"TableDescription": self._description(name)})

    def _complete_backups(self, result: EngineResult, request: dict[str, Any]) -> EngineResult:
        """Add the times that can be restored to a successful result."""
        if result.status != 200:
            return result
        response = json.loads(result.body)
        self._restores.complete_description(
            response["ContinuousBackupsDescription"], request["TableName"]
        )
        return _success(response)

    def _update_table(self, request: dict[str, Any]) -> EngineResult:
        name = request.get("TableName", "")
        state = self._store.tables.get(name)
        if state is not None:
            self._global.check_changeable(state)
            if (
                state.other_members
                and request.get("StreamSpecification", {}).get("StreamEnabled") is False
            ):
                # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
                raise TableApiError(
                    "ValidationException",
                    "Disabling Stream is not allowed for a Global Table replica.",
                )
        result = self._change_settings("UpdateTable", request)
        return self._complete(result, "TableDescription")

    def _change_settings(self, operation: str, request: dict[str, Any]) -> EngineResult:
        name = request.get("TableName") or str(request.get("ResourceArn", "")).rpartition("/")[2]
        state = self._store.tables.get(name)
        if operation == "UpdateTimeToLive" and state is not None and state.is_strong:
            # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
            raise TableApiError(
                "ValidationException",
                "Time to live is not supported on global tables with multi-Region strong "
                f"consistency: {name}",
            )
        result = self._engine.execute(operation, request, self._tables_in_creation())
        if name in self._store.tables:
            if result.status == 200:
                self._store.commit_settings(name)
            else:
                self._store.undo_settings(name)
        return result

    async def _update_replicas(self, request: dict[str, Any]) -> EngineResult:
        await self._global.update_replicas(request)
        table = self._description(request["TableName"])
        return _success({"TableDescription": {**table, "TableStatus": "UPDATING"}})

    def _delete_table(self, request: dict[str, Any]) -> EngineResult:
        described = self._describe_table(request)
        if described.status != 200:
            return described
        name = request["TableName"]
        table = json.loads(described.body)["Table"]
        self._global.prepare_delete(name)
        self._store.commit_drop(name)
        left = {member: value for member, value in table.items() if member not in NOT_OF_DELETED}
        return _success({"TableDescription": {**left, "TableStatus": "DELETING"}})

    def _description(self, name: str) -> dict[str, Any]:
        """The description of a table that exists."""
        described = self._describe_table({"TableName": name})
        table: dict[str, Any] = json.loads(described.body)["Table"]
        return table

    def _complete(self, result: EngineResult, member: str) -> EngineResult:
        """Add the global table's fields to the description in `member` of a successful result."""
        if result.status != 200:
            return result
        response = json.loads(result.body)
        self._global.complete_description(response[member])
        return _success(response)


async def _finish(operation: str, result: Coroutine[Any, Any, EngineResult]) -> EngineResult:
    try:
        return await result
    except Exception as exc:  # noqa: BLE001 - the process's edge: only this request fails
        return _describe_failure(operation, exc)


def _describe_failure(operation: str, exc: Exception) -> EngineResult:
    """The result for an operation that raised; what is no API error is logged."""
    if isinstance(exc, TableApiError):
        return error_result(exc)
    log.error("%s failed", operation, exc_info=exc)
    return error_result(
        TableApiError("InternalServerError", "the Region's log says what went wrong", 500)
    )


def _parse_request(body: bytes) -> dict[str, Any]:
    if len(body) > MAX_REQUEST_BYTES:
        raise TableApiError(
            "RequestEntityTooLarge",
            f"the request's body has more than {MAX_REQUEST_BYTES} bytes",
            413,
        )
    try:
        request = parse_json(body or b"{}")
    except ValueError:
        request = None
    if not isinstance(request, dict):
        raise TableApiError("SerializationException", "the request's body is not a JSON object")
    return request


def _success(response: dict[str, Any]) -> EngineResult:
    return EngineResult(status=200, body=json.dumps(response, separators=(",", ":")).encode())


def _describe_unknown(service: str, operation: str) -> str:
    if not operation:
        return "X-Amz-Target is missing or is not SERVICE.OPERATION"
    return f"The twin does not serve {service}.{operation}; docs/services.md lists what it serves."


def _make_uuid(rng: random.Random) -> str:
    return str(UUID(int=rng.getrandbits(128), version=4))
