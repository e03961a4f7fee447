"""BatchExecuteStatement: up to 25 statements, each of one item, that succeed or fail one by one.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.multiplestatements.batching.html
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from twin.core.tables.table_engine import ItemChange, JsonObject, TableApiError
from twin.dynamodb.catalogue import Outcome, Request, TableCatalogue
from twin.dynamodb.errors import validation_error
from twin.dynamodb.operations.capacity import ConsumedCapacity, add_consumed_capacity
from twin.dynamodb.operations.item_writes import apply_writes, plan_capacity
from twin.dynamodb.partiql.compilation import Parameters
from twin.dynamodb.partiql.selection import Selection, selected_key
from twin.dynamodb.partiql.statement_parser import read_statement
from twin.dynamodb.partiql.syntax import (
    DeleteStatement,
    ExistsStatement,
    InsertStatement,
    SelectStatement,
    UpdateStatement,
)
from twin.dynamodb.partiql.writes import (
    PreparedWrite,
    find_written_item,
    plan_write,
    prepare_write,
    returned_items,
)


@dataclass(frozen=True, slots=True)
class _Member:
    """A well-formed statement of a batch."""

    request: Request
    statement: SelectStatement | InsertStatement | UpdateStatement | DeleteStatement
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class _Executed:
    """A statement's entry in the response, and what it has done."""

    entry: JsonObject
    consumed: ConsumedCapacity | None = None
    changes: tuple[ItemChange, ...] = ()


def batch_execute_statement(catalogue: TableCatalogue, request: Request) -> Outcome:
    members = [_batch_member(one) for one in request["Statements"]]
    parsed = [member for member in members if isinstance(member, _Member)]
    reads = [isinstance(member.statement, SelectStatement) for member in parsed]
    if any(reads) and not all(reads):
        raise validation_error(
            "Read and write requests together in the same batch is not supported."
        )
    _check_distinct_items(catalogue, parsed)
    executed = [_execute_member(catalogue, member) for member in members]
    response: JsonObject = {"Responses": [one.entry for one in executed]}
    consumed = (one.consumed for one in executed if one.consumed is not None)
    add_consumed_capacity(response, request, consumed)
    return Outcome(response, tuple(change for one in executed for change in one.changes))


def _batch_member(request: Request) -> _Member | TableApiError:
    """The request's statement, or what is wrong with it already."""
    try:
        statement, parameters = read_statement(request)
    except TableApiError as exc:
        return exc
    if isinstance(statement, ExistsStatement):
        return validation_error("EXISTS is only supported in ExecuteTransaction")
    return _Member(request, statement, parameters)


def _check_distinct_items(catalogue: TableCatalogue, members: Sequence[_Member]) -> None:
    """Raise ValidationException if two statements are about one item."""
    seen: set[tuple[str, Any]] = set()
    for member in members:
        try:
            target = _target(catalogue, member)
        except TableApiError:
            continue  # reported as the member's own error
        if target is not None and target in seen:
            raise validation_error("Provided list of item keys contains duplicates")
        if target is not None:
            seen.add(target)


def _target(catalogue: TableCatalogue, member: _Member) -> tuple[str, Any] | None:
    if isinstance(member.statement, SelectStatement):
        record = catalogue.table(member.statement.table)
        key = selected_key(member.statement, record, member.parameters)
        return None if key is None else (record.name, repr(sorted(key.items())))
    found = find_written_item(catalogue, prepare_write(member.statement, member.parameters))
    return found.record.name, repr(sorted(found.key.items()))


def _execute_member(catalogue: TableCatalogue, member: _Member | TableApiError) -> _Executed:
    if isinstance(member, TableApiError):
        return _Executed(_batch_error(member, None))
    statement = member.statement
    try:
        if isinstance(statement, SelectStatement):
            return _read_member(catalogue, member, statement)
        return _write_member(catalogue, member, prepare_write(statement, member.parameters))
    except TableApiError as exc:
        return _Executed(_batch_error(exc, statement.table))


def _read_member(
    catalogue: TableCatalogue, member: _Member, statement: SelectStatement
) -> _Executed:
    consistent = bool(member.request.get("ConsistentRead"))
    selection = Selection(catalogue, statement, member.parameters, consistent=consistent)
    if selected_key(statement, selection.record, member.parameters) is None:
        raise validation_error(
            "Select statements within BatchExecuteStatement must specify the primary key in the "
            "where clause."
        )
    selected = selection.read(None, (0, None))
    entry: JsonObject = {"TableName": statement.table}
    if selected.images:
        entry["Item"] = selection.projected(selected.images[0])
    return _Executed(entry, selection.consumed(selected))


def _write_member(catalogue: TableCatalogue, member: _Member, prepared: PreparedWrite) -> _Executed:
    found = find_written_item(catalogue, prepared)
    returned = member.request.get("ReturnValuesOnConditionCheckFailure")
    plan = plan_write(found, prepared, returned)
    entry: JsonObject = {"TableName": prepared.table}
    items = returned_items(plan, prepared.statement)
    if items:
        entry["Item"] = items[0]
    consumed = plan_capacity(plan)
    return _Executed(entry, consumed, apply_writes((plan,)))


def _batch_error(error: TableApiError, table: str | None) -> JsonObject:
    """A statement's error in the response.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchStatementError.html
    """
    code = error.code.removesuffix("Exception")
    code = "ValidationError" if code == "Validation" else code
    entry: JsonObject = {"Error": {"Code": code, "Message": error.message, **error.members}}
    if table is not None and code != "ValidationError":
        entry["TableName"] = table
    return entry
