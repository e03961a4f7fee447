"""ExecuteTransaction: statements that all succeed or all fail; either all read or all write.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteTransaction.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.multiplestatements.transactions.html
"""

from collections.abc import Sequence

from twin.core.tables.table_engine import JsonObject, TableApiError
from twin.dynamodb.catalogue import Outcome, Request, TableCatalogue
from twin.dynamodb.errors import validation_error
from twin.dynamodb.operations.capacity import (
    ConsumedCapacity,
    add_consumed_capacity,
    read_units,
)
from twin.dynamodb.operations.item_reads import find_item
from twin.dynamodb.operations.item_writes import PlannedWrite, apply_writes, plan_capacity
from twin.dynamodb.operations.transactions import MAX_BYTES, ONE_ITEM, TOO_BIG, all_or_reasons
from twin.dynamodb.partiql.compilation import Parameters
from twin.dynamodb.partiql.key_ranges import conjuncts, exact_key
from twin.dynamodb.partiql.selection import Selection, selected_key
from twin.dynamodb.partiql.statement_parser import read_statement
from twin.dynamodb.partiql.syntax import (
    DeleteStatement,
    ExistsStatement,
    SelectStatement,
    Statement,
    UpdateStatement,
)
from twin.dynamodb.partiql.writes import (
    PreparedWrite,
    WriteStatement,
    find_written_item,
    plan_write,
    prepare_write,
)


def execute_transaction(catalogue: TableCatalogue, request: Request) -> Outcome:
    requests = request["TransactStatements"]
    read = [_transaction_statement(number, one) for number, one in enumerate(requests)]
    selects = [(s, parameters) for s, parameters in read if isinstance(s, SelectStatement)]
    writes = [(s, parameters) for s, parameters in read if not isinstance(s, SelectStatement)]
    if not selects:
        return _write_all(catalogue, request, writes)
    if writes:
        raise validation_error(
            "ExecuteTransaction API does not support both read and write operations in the same "
            "request."
        )
    return _read_all(catalogue, request, selects)


def _transaction_statement(number: int, request: Request) -> tuple[Statement, Parameters]:
    try:
        statement, parameters = read_statement(request)
        if isinstance(statement, SelectStatement) and statement.index is not None:
            raise validation_error("Reads on indices are not supported within transactions.")
        if isinstance(statement, UpdateStatement | DeleteStatement) and statement.returning:
            raise validation_error("RETURNING clause is not supported in ExecuteTransaction.")
    except TableApiError as exc:
        raise _in_statement(number, exc) from exc
    return statement, parameters


def _in_statement(number: int, error: TableApiError) -> TableApiError:
    if error.code != "ValidationException":
        return error
    return validation_error(f"Validation failed in TransactStatements[{number}]: {error.message}")


def _read_all(
    catalogue: TableCatalogue,
    request: Request,
    selects: Sequence[tuple[SelectStatement, Parameters]],
) -> Outcome:
    responses: list[JsonObject] = []
    consumed: list[ConsumedCapacity] = []
    size = 0
    keys: set[tuple[str, str]] = set()
    for number, (statement, parameters) in enumerate(selects):
        selection = Selection(catalogue, statement, parameters, consistent=True)
        record = selection.record
        key = selected_key(statement, record, parameters)
        if key is None:
            raise _in_statement(
                number,
                validation_error(
                    "Select statements within ExecuteTransaction must specify the primary key in "
                    "the where clause."
                ),
            )
        keys.add((record.name, repr(sorted(key.items()))))
        images = selection.read(None, (0, None)).images
        responses.append({"Item": selection.projected(images[0])} if images else {})
        item = find_item(record, key)
        item_bytes = 0 if item is None else item.size
        size += item_bytes
        units = read_units(item_bytes, consistent=True)
        consumed.append(ConsumedCapacity(record.name, units))
    if len(keys) < len(selects):
        raise validation_error(ONE_ITEM)
    if size > MAX_BYTES:
        raise validation_error(TOO_BIG)
    response: JsonObject = {"Responses": responses}
    add_consumed_capacity(response, request, consumed, "Read")
    return Outcome(response)


def _write_all(
    catalogue: TableCatalogue,
    request: Request,
    writes: Sequence[tuple[WriteStatement, Parameters]],
) -> Outcome:
    prepared: list[PreparedWrite] = []
    for number, (statement, parameters) in enumerate(writes):
        try:
            prepared.append(prepare_write(statement, parameters))
            if isinstance(statement, ExistsStatement):
                _check_exists(catalogue, prepared[-1])
        except TableApiError as exc:
            raise _in_statement(number, exc) from exc
    found = all_or_reasons(
        prepared, lambda one: find_written_item(catalogue, one), stop_at_first=True
    )
    if len({(plan.record.name, plan.position) for plan in found}) < len(found):
        raise validation_error(ONE_ITEM)
    plans = all_or_reasons(
        list(zip(found, prepared, request["TransactStatements"], strict=True)),
        _plan_one,
        stop_at_first=False,
    )
    response: JsonObject = {"Responses": []}
    add_consumed_capacity(response, request, map(plan_capacity, plans), "Write")
    return Outcome(response, apply_writes(plans))


def _plan_one(one: tuple[PlannedWrite, PreparedWrite, Request]) -> PlannedWrite:
    found, prepared, request = one
    return plan_write(found, prepared, request.get("ReturnValuesOnConditionCheckFailure"))


def _check_exists(catalogue: TableCatalogue, prepared: PreparedWrite) -> None:
    """Raise ValidationException unless an EXISTS names one item, and says more of it than its key.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.exists.html
    """
    schema = catalogue.table(prepared.table).table.schema
    key = exact_key(prepared.where, schema, prepared.parameters)
    terms = len(list(conjuncts(prepared.where)))
    if key is None or terms <= len(schema.names):
        raise validation_error("EXISTS() must contain a single item read with additional condition")
