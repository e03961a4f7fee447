"""The PartiQL operations: the shapes of their requests, and ExecuteStatement.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ExecuteStatement.html
"""

from twin.core.tables.table_engine import JsonObject
from twin.dynamodb.catalogue import Operation, Outcome, Request, TableCatalogue
from twin.dynamodb.errors import validation_error
from twin.dynamodb.operations.capacity import wanted_capacity
from twin.dynamodb.operations.item_writes import apply_writes, plan_capacity
from twin.dynamodb.partiql.batches import batch_execute_statement
from twin.dynamodb.partiql.selection import Selection, execute_select
from twin.dynamodb.partiql.statement_parser import MAX_STATEMENT, read_statement
from twin.dynamodb.partiql.syntax import ExistsStatement, SelectStatement
from twin.dynamodb.partiql.transactions import execute_transaction
from twin.dynamodb.partiql.writes import (
    find_written_item,
    plan_write,
    prepare_write,
    returned_items,
)
from twin.dynamodb.requests.item_shapes import CAPACITY, ON_CHECK_FAILURE
from twin.dynamodb.requests.shapes import AnyValue, Flag, ListOf, Shape, Structure, Text, Whole

MAX_BATCH, MAX_TRANSACTION = 25, 100
_STATEMENT = Text(minimum=1, maximum=MAX_STATEMENT)
_ONE_STATEMENT: dict[str, Shape] = {
    "Statement": _STATEMENT,
    "Parameters": ListOf(AnyValue(), minimum=1),
    "ReturnValuesOnConditionCheckFailure": ON_CHECK_FAILURE,
}
_NEEDS_STATEMENT = frozenset({"Statement"})
_EXECUTE_STATEMENT = Structure(
    "ExecuteStatementInput",
    {
        **_ONE_STATEMENT,
        "ConsistentRead": Flag(),
        "NextToken": Text(minimum=1, maximum=32768),
        "ReturnConsumedCapacity": CAPACITY,
        "Limit": Whole(minimum=1),
    },
    _NEEDS_STATEMENT,
)
_BATCH_EXECUTE_STATEMENT = Structure(
    "BatchExecuteStatementInput",
    {
        "Statements": ListOf(
            Structure(
                "BatchStatementRequest",
                {**_ONE_STATEMENT, "ConsistentRead": Flag()},
                _NEEDS_STATEMENT,
            ),
            minimum=1,
            maximum=MAX_BATCH,
        ),
        "ReturnConsumedCapacity": CAPACITY,
    },
    frozenset({"Statements"}),
)
_EXECUTE_TRANSACTION = Structure(
    "ExecuteTransactionInput",
    {
        "TransactStatements": ListOf(
            Structure("ParameterizedStatement", _ONE_STATEMENT, _NEEDS_STATEMENT),
            minimum=1,
            maximum=MAX_TRANSACTION,
        ),
        "ClientRequestToken": Text(minimum=1, maximum=36),
        "ReturnConsumedCapacity": CAPACITY,
    },
    frozenset({"TransactStatements"}),
)


def execute_statement(catalogue: TableCatalogue, request: Request) -> Outcome:
    statement, parameters = read_statement(request)
    wanted = wanted_capacity(request)
    if isinstance(statement, SelectStatement):
        consistent = bool(request.get("ConsistentRead"))
        selection = Selection(catalogue, statement, parameters, consistent=consistent)
        return Outcome(execute_select(selection, request, wanted=wanted))
    if "NextToken" in request:
        raise validation_error("NextToken is only valid on a SELECT statement")
    prepared = prepare_write(statement, parameters)
    if isinstance(statement, ExistsStatement):
        raise validation_error("EXISTS is only supported in ExecuteTransaction")
    found = find_written_item(catalogue, prepared)
    plan = plan_write(found, prepared, request.get("ReturnValuesOnConditionCheckFailure"))
    response: JsonObject = {"Items": returned_items(plan, statement)}
    if wanted != "NONE":
        response["ConsumedCapacity"] = plan_capacity(plan).describe(wanted)
    return Outcome(response, apply_writes((plan,)))


OPERATIONS: dict[str, tuple[Structure, Operation]] = {
    "BatchExecuteStatement": (_BATCH_EXECUTE_STATEMENT, batch_execute_statement),
    "ExecuteStatement": (_EXECUTE_STATEMENT, execute_statement),
    "ExecuteTransaction": (_EXECUTE_TRANSACTION, execute_transaction),
}
