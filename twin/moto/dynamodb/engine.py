"""The DynamoDB engine of one Region: moto's handler and backend, in this process.

moto's server path (request object, botocore's parser and serializer) costs 0.7 ms for a GetItem of
which 0.02 ms is the work. So the engine calls the handler's methods with the parsed request and
writes the JSON itself; all of moto's validation stays, for errors as well.

What moto does inside is not trusted for capture: the keys of the items that a request writes come
from the request, and their images are compared before and after. A request that failed leaves no
trace, even where moto had changed something before it noticed. PartiQL names no keys: all images of
all tables are compared.
"""

import json
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime
from typing import Any

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
)
from twin.moto.dynamodb.backend import (
    RegionBackend,
    drop_empty_collection,
    find_item,
    remove_item,
    stop_leaks,
    store_image,
)
from twin.moto.dynamodb.expressions import speed_up_expressions
from twin.moto.dynamodb.items import (
    PARTIQL_OPERATIONS,
    WRITE_OPERATIONS,
    check_key,
    item_image,
    read_keys,
    to_base64,
    with_bytes,
    written_items,
)
from twin.moto.dynamodb.table_settings import (
    create_table,
    detach_stream,
    read_table_settings,
    read_table_stream,
    set_table_setting,
)
from twin.moto.dynamodb.tags_and_ttl import TagsAndTtl
from twin.moto.dynamodb.validation import check_attribute_values, check_index_updates

_HANDLED = {
    "BatchExecuteStatement": "batch_execute_statement",
    "BatchGetItem": "batch_get_item",
    "BatchWriteItem": "batch_write_item",
    "CreateTable": "create_table",
    "DeleteItem": "delete_item",
    "DeleteResourcePolicy": "delete_resource_policy",
    "DeleteTable": "delete_table",
    "DescribeContinuousBackups": "describe_continuous_backups",
    "DescribeEndpoints": "describe_endpoints",
    "DescribeLimits": "describe_limits",
    "DescribeTable": "describe_table",
    "ExecuteStatement": "execute_statement",
    "ExecuteTransaction": "execute_transaction",
    "GetItem": "get_item",
    "GetResourcePolicy": "get_resource_policy",
    "ListTables": "list_tables",
    "PutItem": "put_item",
    "PutResourcePolicy": "put_resource_policy",
    "Query": "query",
    "Scan": "scan",
    "TransactGetItems": "transact_get_items",
    "TransactWriteItems": "transact_write_items",
    "UpdateContinuousBackups": "update_continuous_backups",
    "UpdateItem": "update_item",
    "UpdateTable": "update_table",
}
_BUGS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    TypeError,
    ValueError,
)
"""What moto raises when it meets a request that it did not think of."""


class MotoTableEngine:
    """twin.core.table_engine.Engine on moto."""

    def __init__(self, region: str, account: str) -> None:
        stop_leaks()
        speed_up_expressions()
        self._backend = RegionBackend(region, account)
        self._lifecycle = TagsAndTtl(self._backend)
        self._account = account
        self._model: ServiceModel | None = None

    def serves(self, operation: str) -> bool:
        """Whether `execute` knows the operation."""
        return operation in _HANDLED or self._lifecycle.serves(operation)

    def execute(
        self, operation: str, request: dict[str, Any], hidden: Collection[str] = ()
    ) -> EngineResult:
        """Run one operation. An error of the caller's making is an Outcome; changes are undone."""
        try:
            with self._backend.without(hidden):
                return self._execute(operation, request)
        except TableApiError as exc:
            return error_outcome(exc)
        except JsonRESTError as exc:
            return EngineResult(status=exc.code or 400, body=str(exc.description).encode())
        except ServiceException as exc:
            return error_outcome(TableApiError(exc.code, exc.message))
        except _BUGS as exc:
            return error_outcome(self._explain(operation, request, exc))

    def _execute(self, operation: str, request: dict[str, Any]) -> EngineResult:
        if operation in PARTIQL_OPERATIONS or operation in WRITE_OPERATIONS:
            request = with_bytes(request)
            check_attribute_values(request)
            write = self._run_statements if operation in PARTIQL_OPERATIONS else self._write
            return write(operation, request)
        if self._lifecycle.serves(operation):
            return EngineResult(status=200, body=to_json(self._lifecycle.run(operation, request)))
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
        """moto takes any index that it can read, and ends where one is not there."""
        if wrong := self._by_model("UpdateTable", request):
            raise TableApiError("ValidationException", wrong)
        check_index_updates(self._table(request["TableName"]), request)

    def _run(self, operation: str, request: dict[str, Any]) -> bytes:
        handler = _Handler(self._backend, self._account, request)
        method: Callable[[], Any] = getattr(handler, _HANDLED[operation])
        return to_json(_as_aws(operation, method().result, request))

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
        conditions = _conditions(operation, request)
        changes = tuple(
            self._change(name, item, old)
            for index, ((name, item, _), old) in enumerate(zip(written, before, strict=True))
            if index not in conditions
        )
        return EngineResult(status=200, body=body, changes=changes)

    def _read(self, name: str, item: Image) -> Image | None:
        table = self._backend.tables.get(name)
        found = table and find_item(table, item)
        return item_image(found) if found else None

    def _change(self, name: str, item: Image, before: Image | None) -> ItemChange:
        table = self._table(name)
        key = {attribute: _encoded(item[attribute]) for attribute in table.table_key_attrs}
        drop_empty_collection(table, item)
        return ItemChange(table=name, key=key, before=before, after=self._read(name, item))

    def _undo(self, written: list[tuple[str, Image]], before: list[Image | None]) -> None:
        for (name, item), image in zip(written, before, strict=True):
            table = self._backend.tables.get(name)
            if table is not None and self._read(name, item) != image:
                remove_item(table, item) if image is None else self.put(name, image)
            if table is not None:
                drop_empty_collection(table, item)

    def _run_statements(self, operation: str, request: dict[str, Any]) -> EngineResult:
        before = {name: self._all(name) for name in self._backend.tables}
        done = False
        try:
            body = self._run(operation, request)
            done = True
        finally:
            changes = tuple(
                change
                for name, images in before.items()
                for change in _differences(name, self.key_names(name), images, self._all(name))
            )
            if not done:
                for change in changes:
                    self._put_back(change)
        return EngineResult(status=200, body=body, changes=changes)

    def _all(self, name: str) -> dict[str, Image]:
        names = self.key_names(name)
        return {json.dumps([image[key] for key in names]): image for image in self.images(name)}

    def _put_back(self, change: ItemChange) -> None:
        if change.before is None:
            self.remove(change.table, change.key)
        else:
            self.put(change.table, change.before)

    def _table(self, name: str) -> Table:
        table: Table = self._backend.get_table(name)
        return table

    def _explain(self, operation: str, request: dict[str, Any], bug: Exception) -> TableApiError:
        """What was wrong with a request that moto stumbled over, by AWS's own model."""
        if wrong := self._by_model(operation, request):
            return TableApiError("ValidationException", wrong)
        return TableApiError(
            "InternalServerError",
            f"{operation} met something that the twin's engine can't do: {type(bug).__name__}: "
            f"{bug}",
            500,
        )

    def _by_model(self, operation: str, request: dict[str, Any]) -> str:
        """What AWS's own model finds wrong with the request; empty when nothing is."""
        if self._model is None:
            self._model = ServiceModel(Loader().load_service_model("dynamodb", "service-2"))
        shape = self._model.operation_model(operation).input_shape
        report = ParamValidator().validate(request, shape) if shape is not None else None
        return report.generate_report() if report is not None and report.has_errors() else ""

    # -- tables and items as replication and the log see them

    def table_names(self) -> tuple[str, ...]:
        """Names of all tables."""
        return tuple(self._backend.tables)

    def key_names(self, table: str) -> tuple[str, ...]:
        """Names of the key attributes, partition key first."""
        return tuple(self._table(table).table_key_attrs)

    def count(self, table: str) -> int:
        """How many items the table has."""
        return len(self._table(table))

    def image(self, table: str, key: Image) -> Image | None:
        """The item of this key."""
        return self._read(table, with_bytes(key))

    def images(self, table: str) -> Iterator[Image]:
        """All items; the table must not change meanwhile."""
        return (item_image(item) for item in self._table(table).all_items())

    def put(self, table: str, image: Image) -> None:
        """Store an item as it is. It was accepted once: nothing may stand in its way now."""
        store_image(self._table(table), with_bytes(image))

    def remove(self, table: str, key: Image) -> None:
        """Remove an item if it is there."""
        remove_item(self._table(table), with_bytes(key))

    def sections(self, table: str) -> TableSettings:
        """All settings of the table."""
        return read_table_settings(self._backend, self._table(table))

    def create(self, table: str, sections: TableSettings) -> None:
        """Make a table with these settings."""
        create_table(self._backend, table, sections)

    def set_section(self, table: str, name: str, value: object) -> None:
        """Change one section of the settings."""
        set_table_setting(self._backend, self._table(table), name, value)

    def drop(self, table: str) -> None:
        """Remove the table and its items, protected or not."""
        found = self._backend.tables.pop(table)
        self._backend.resource_policies.pop(found.table_arn, None)

    def stream(self, table: str) -> TableStream | None:
        """The table's stream, if it ever had one."""
        return read_table_stream(self._table(table))


class _Handler(DynamoHandler):
    """One request at moto's handler, without the parts around it."""

    def __init__(self, backend: RegionBackend, account: str, request: dict[str, Any]) -> None:
        super().__init__()
        self._backend = backend
        self.current_account = account
        self.region = backend.region_name
        self.params = self.body = request

    @property
    def dynamodb_backend(self) -> RegionBackend:
        """This Region's, whatever the request's credentials say."""
        return self._backend


def error_outcome(error: TableApiError) -> EngineResult:
    """An error as the service writes it."""
    kind = f"com.amazonaws.dynamodb.v20120810#{error.code}"
    body = json.dumps({"__type": kind, "message": error.message}).encode()
    return EngineResult(status=error.status, body=body)


def to_json(value: object) -> bytes:
    """JSON as DynamoDB writes it: binary as base64, times as seconds."""
    return json.dumps(value, separators=(",", ":"), default=_default).encode()


def _default(value: object) -> object:
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).timestamp()
    return to_base64(value)


def _as_aws(operation: str, result: dict[str, Any], request: dict[str, Any]) -> dict[str, Any]:
    """Without the members that moto returns unasked."""
    if request.get("ReturnConsumedCapacity", "NONE") == "NONE":
        result.pop("ConsumedCapacity", None)
    result.pop("ConsumedCapacityUnits", None)
    if not result.get("ItemCollectionMetrics", True):
        del result["ItemCollectionMetrics"]
    if operation == "DescribeTable":
        _tell_size(result["Table"])
    return result


def _tell_size(table: dict[str, Any]) -> None:
    """Leave out what AWS leaves out of a description when it is empty."""
    for member in ("GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        if not table.get(member):
            table.pop(member, None)


def _conditions(operation: str, request: dict[str, Any]) -> frozenset[int]:
    """Positions of the items of a transaction that are only checked, not written."""
    if operation != "TransactWriteItems":
        return frozenset()
    kinds = [kind for entry in request["TransactItems"] for kind in entry]
    return frozenset(index for index, kind in enumerate(kinds) if kind == "ConditionCheck")


def _encoded(value: Image) -> Image:
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
