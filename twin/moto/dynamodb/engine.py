"""The DynamoDB engine of one Region: moto's request handler and backend, in this process.

moto's server path (request object, botocore's parser and serializer) costs 0.7 ms for a GetItem of
which 0.02 ms is the work. So the engine calls the handler's methods with the parsed request and
writes the JSON itself; all of moto's validation stays, for errors as well.

The engine does not rely on moto to report what a request changes: it takes the keys of the items
that a request writes from the request, and compares their images before and after. A request that
fails leaves no changes, even where moto had changed something before it failed. PartiQL statements
do not name keys, so for them the engine compares all items of all tables.
"""

import json
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from typing import Any

from botocore import xform_name
from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator
from moto.core.exceptions import JsonRESTError, ServiceException
from moto.dynamodb.models.table import Table
from moto.dynamodb.responses import DynamoHandler

from twin.core.table_engine import (
    EngineResult,
    Image,
    ItemChange,
    TableApiError,
    TableSettings,
    TableStream,
    error_result,
)
from twin.moto.dynamodb.backend import (
    RegionBackend,
    drop_empty_collection,
    find_item,
    remove_item,
    stop_leaks,
    store_image,
)
from twin.moto.dynamodb.items import (
    PARTIQL_OPERATIONS,
    WRITE_OPERATIONS,
    check_key,
    item_image,
    read_keys,
    speed_up_expressions,
    to_base64,
    with_bytes,
    written_items,
)
from twin.moto.dynamodb.table_settings import (
    TagsAndTtl,
    create_table,
    detach_stream,
    read_table_settings,
    read_table_stream,
    set_table_setting,
)
from twin.moto.dynamodb.validation import check_attribute_values, check_index_updates

_METHODS = {
    operation: xform_name(operation)
    for operation in (
        "BatchExecuteStatement",
        "BatchGetItem",
        "BatchWriteItem",
        "CreateTable",
        "DeleteItem",
        "DeleteResourcePolicy",
        "DeleteTable",
        "DescribeContinuousBackups",
        "DescribeEndpoints",
        "DescribeLimits",
        "DescribeTable",
        "ExecuteStatement",
        "ExecuteTransaction",
        "GetItem",
        "GetResourcePolicy",
        "ListTables",
        "PutItem",
        "PutResourcePolicy",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateContinuousBackups",
        "UpdateItem",
        "UpdateTable",
    )
}
"""Operation -> method of moto's handler."""
_UNEXPECTED = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""Exceptions of moto for requests that it does not expect."""


class MotoTableEngine:
    """Implements twin.core.table_engine.TableEngine with moto."""

    def __init__(self, region: str, account: str) -> None:
        stop_leaks()
        speed_up_expressions()
        self._backend = RegionBackend(region, account)
        self._tags_and_ttl = TagsAndTtl(self._backend)
        self._account = account
        self._model: ServiceModel | None = None

    def serves(self, operation: str) -> bool:
        """Whether `execute` supports the operation."""
        return operation in _METHODS or self._tags_and_ttl.serves(operation)

    def execute(
        self, operation: str, request: dict[str, Any], hidden: Collection[str] = ()
    ) -> EngineResult:
        """Run one operation; an API error is a result, too, and leaves no changes."""
        try:
            with self._backend.hiding(hidden):
                return self._execute(operation, request)
        except TableApiError as exc:
            return error_result(exc)
        except JsonRESTError as exc:
            return EngineResult(status=exc.code or 400, body=str(exc.description).encode())
        except ServiceException as exc:
            return error_result(TableApiError(exc.code, exc.message))
        except _UNEXPECTED as exc:
            return error_result(self._explain(operation, request, exc))

    def _execute(self, operation: str, request: dict[str, Any]) -> EngineResult:
        if operation in PARTIQL_OPERATIONS or operation in WRITE_OPERATIONS:
            request = with_bytes(request)
            check_attribute_values(request)
            write = self._run_statements if operation in PARTIQL_OPERATIONS else self._write
            return write(operation, request)
        if self._tags_and_ttl.serves(operation):
            return EngineResult(
                status=200, body=_to_json(self._tags_and_ttl.run(operation, request))
            )
        if operation == "UpdateTable":
            self._check_update(request)
        request = with_bytes(request)
        keys = self._checked_keys(read_keys(operation, request))
        try:
            return EngineResult(status=200, body=self._run(operation, request))
        finally:
            for table, key in keys:
                drop_empty_collection(table, key)
            if operation in ("CreateTable", "UpdateTable"):
                detach_stream(self._table(request["TableName"]))

    def _check_update(self, request: dict[str, Any]) -> None:
        """Validate index updates, which moto does not: it fails on an unknown index."""
        if mistakes := self._model_mistakes("UpdateTable", request):
            raise TableApiError("ValidationException", mistakes)
        check_index_updates(self._table(request["TableName"]), request)

    def _run(self, operation: str, request: dict[str, Any]) -> bytes:
        handler = _Handler(self._backend, self._account, request)
        method: Callable[[], Any] = getattr(handler, _METHODS[operation])
        return _to_json(_as_aws(operation, method().result, request))

    def _checked_keys(self, keys: list[tuple[str, Image]]) -> list[tuple[Table, Image]]:
        found = [(self._table(name), key) for name, key in keys if name in self._backend.tables]
        for table, key in found:
            check_key(table, key)
        return found

    def _write(self, operation: str, request: dict[str, Any]) -> EngineResult:
        written = written_items(operation, request)
        self._checked_keys([(name, key) for name, key, bare in written if bare])
        before = [self._read(name, item) for name, item, _ in written]
        done = False
        try:
            body = self._run(operation, request)
            done = True
        finally:
            if not done:
                self._undo([(name, item) for name, item, _ in written], before)
        only_checked = _condition_checks(operation, request)
        changes = tuple(
            self._change(name, item, old)
            for index, ((name, item, _), old) in enumerate(zip(written, before, strict=True))
            if index not in only_checked
        )
        return EngineResult(status=200, body=body, changes=changes)

    def _read(self, name: str, item: Image) -> Image | None:
        table = self._backend.tables.get(name)
        found = table and find_item(table, item)
        return item_image(found) if found else None

    def _change(self, name: str, item: Image, before: Image | None) -> ItemChange:
        table = self._table(name)
        key = {attribute: _to_json_value(item[attribute]) for attribute in table.table_key_attrs}
        drop_empty_collection(table, item)
        return ItemChange(table=name, key=key, before=before, after=self._read(name, item))

    def _undo(self, written: list[tuple[str, Image]], before: list[Image | None]) -> None:
        for (name, item), image in zip(written, before, strict=True):
            table = self._backend.tables.get(name)
            if table is not None and self._read(name, item) != image:
                remove_item(table, item) if image is None else self.put_image(name, image)
            if table is not None:
                drop_empty_collection(table, item)

    def _run_statements(self, operation: str, request: dict[str, Any]) -> EngineResult:
        before = {name: self._all_items(name) for name in self._backend.tables}
        done = False
        try:
            body = self._run(operation, request)
            done = True
        finally:
            changes = tuple(
                change
                for name, images in before.items()
                for change in _differences(
                    name, self.key_names(name), images, self._all_items(name)
                )
            )
            if not done:
                for change in changes:
                    self._revert(change)
        return EngineResult(status=200, body=body, changes=changes)

    def _all_items(self, name: str) -> dict[str, Image]:
        names = self.key_names(name)
        return {json.dumps([image[key] for key in names]): image for image in self.all_images(name)}

    def _revert(self, change: ItemChange) -> None:
        if change.before is None:
            self.remove_item(change.table, change.key)
        else:
            self.put_image(change.table, change.before)

    def _table(self, name: str) -> Table:
        table: Table = self._backend.get_table(name)
        return table

    def _explain(self, operation: str, request: dict[str, Any], bug: Exception) -> TableApiError:
        """Turn an exception inside moto into the error that AWS's API model finds, if it does."""
        if mistakes := self._model_mistakes(operation, request):
            return TableApiError("ValidationException", mistakes)
        return TableApiError(
            "InternalServerError",
            f"the twin's DynamoDB engine does not support this {operation}: "
            f"{type(bug).__name__}: {bug}",
            500,
        )

    def _model_mistakes(self, operation: str, request: dict[str, Any]) -> str:
        """What violates AWS's API model in the request; empty for a valid request."""
        if self._model is None:
            self._model = ServiceModel(Loader().load_service_model("dynamodb", "service-2"))
        shape = self._model.operation_model(operation).input_shape
        report = ParamValidator().validate(request, shape) if shape is not None else None
        return report.generate_report() if report is not None and report.has_errors() else ""

    # -- tables and items, for replication and durability

    def table_names(self) -> tuple[str, ...]:
        return tuple(self._backend.tables)

    def key_names(self, table: str) -> tuple[str, ...]:
        """Names of the key attributes, partition key first."""
        return tuple(self._table(table).table_key_attrs)

    def count_items(self, table: str) -> int:
        return len(self._table(table))

    def get_image(self, table: str, key: Image) -> Image | None:
        return self._read(table, with_bytes(key))

    def all_images(self, table: str) -> Iterator[Image]:
        """All items; the table must not change during the iteration."""
        return (item_image(item) for item in self._table(table).all_items())

    def put_image(self, table: str, image: Image) -> None:
        """Store an item without validation: it was validated when it was first written."""
        store_image(self._table(table), with_bytes(image))

    def remove_item(self, table: str, key: Image) -> None:
        """Remove an item if it exists."""
        remove_item(self._table(table), with_bytes(key))

    def settings(self, table: str) -> TableSettings:
        return read_table_settings(self._backend, self._table(table))

    def create_table(self, table: str, settings: TableSettings) -> None:
        create_table(self._backend, table, settings)

    def set_setting(self, table: str, name: str, value: object) -> None:
        set_table_setting(self._backend, self._table(table), name, value)

    def drop_table(self, table: str) -> None:
        """Remove the table and its items, even with deletion protection."""
        dropped = self._backend.tables.pop(table)
        self._backend.resource_policies.pop(dropped.table_arn, None)

    def stream(self, table: str) -> TableStream | None:
        """The table's current or last stream; None if it never had one."""
        return read_table_stream(self._table(table))


class _Handler(DynamoHandler):
    """moto's request handler for one request, without its HTTP server."""

    def __init__(self, backend: RegionBackend, account: str, request: dict[str, Any]) -> None:
        super().__init__()
        self._backend = backend
        self.current_account = account
        self.region = backend.region_name
        self.params = self.body = request

    @property
    def dynamodb_backend(self) -> RegionBackend:
        """This Region's backend, whatever the request's signature names."""
        return self._backend


def _to_json(value: object) -> bytes:
    """Serialize as DynamoDB does: binary as base64, times as seconds."""
    return json.dumps(value, separators=(",", ":"), default=_default).encode()


def _default(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).timestamp()
    return to_base64(value)


def _as_aws(operation: str, result: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """Remove members that AWS returns on request only."""
    if request.get("ReturnConsumedCapacity", "NONE") == "NONE":
        result.pop("ConsumedCapacity", None)
    result.pop("ConsumedCapacityUnits", None)
    if not result.get("ItemCollectionMetrics", True):
        del result["ItemCollectionMetrics"]
    if operation == "DescribeTable":
        _drop_empty_members(result["Table"])
    return result


def _drop_empty_members(table: dict[str, Any]) -> None:
    """Remove members that AWS leaves out of a description when empty."""
    for member in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if not table.get(member):
            table.pop(member, None)


def _condition_checks(operation: str, request: dict[str, Any]) -> frozenset[int]:
    """Positions of the items of a transaction that are only checked, not written."""
    if operation != "TransactWriteItems":
        return frozenset()
    kinds = [kind for entry in request["TransactItems"] for kind in entry]
    return frozenset(index for index, kind in enumerate(kinds) if kind == "ConditionCheck")


def _to_json_value(value: Image) -> Image:
    return {kind: to_base64(raw) if kind == "B" else raw for kind, raw in value.items()}


def _differences(
    table: str, key_names: tuple[str, ...], before: dict[str, Image], after: dict[str, Image]
) -> Iterator[ItemChange]:
    for item in before.keys() | after.keys():
        old, new = before.get(item), after.get(item)
        image = new or old
        if old != new and image is not None:
            key = {name: image[name] for name in key_names}
            yield ItemChange(table=table, key=key, before=old, after=new)
