"""Plans an INSERT, an UPDATE, a DELETE, or the EXISTS of a transaction, each of one item.

An INSERT never replaces an item; an UPDATE never creates one.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.insert.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.update.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-reference.delete.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-functions.exists.html
"""

from dataclasses import dataclass

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.attribute_values import Item
from twin.dynamodb.catalogue import TableCatalogue
from twin.dynamodb.errors import validation_error
from twin.dynamodb.expressions.conditions import Condition
from twin.dynamodb.expressions.updates import Update, updated_attributes
from twin.dynamodb.operations.item_writes import (
    PlannedWrite,
    check_condition,
    check_item_size,
    find_for_update,
    plan_delete,
    plan_put,
    plan_update,
)
from twin.dynamodb.partiql.compilation import (
    Parameters,
    compile_condition,
    compile_update,
    constant_item,
)
from twin.dynamodb.partiql.key_ranges import exact_key
from twin.dynamodb.partiql.syntax import (
    DeleteStatement,
    ExistsStatement,
    InsertStatement,
    Node,
    UpdateStatement,
)

WriteStatement = InsertStatement | UpdateStatement | DeleteStatement | ExistsStatement


@dataclass(frozen=True, slots=True, kw_only=True)
class PreparedWrite:
    """A statement with its parameters filled in, before its table is known."""

    statement: WriteStatement
    table: str
    parameters: Parameters
    where: Node | None = None
    condition: Condition | None = None
    """The clause."""
    update: Update | None = None
    """Of an UPDATE."""
    item: Item | None = None
    """Of an INSERT."""


def prepare_write(statement: WriteStatement, parameters: Parameters) -> PreparedWrite:
    """Fill in the parameters, and judge what needs no table. Raises TableApiError."""
    if isinstance(statement, InsertStatement):
        return PreparedWrite(
            statement=statement,
            table=statement.table,
            parameters=parameters,
            item=constant_item(statement.item, parameters),
        )
    where = statement.where
    update = None
    if isinstance(statement, UpdateStatement):
        update = compile_update(statement, parameters)
    return PreparedWrite(
        statement=statement,
        table=statement.table,
        parameters=parameters,
        where=where,
        condition=None if where is None else compile_condition(where, parameters),
        update=update,
    )


def find_written_item(catalogue: TableCatalogue, prepared: PreparedWrite) -> PlannedWrite:
    """Find the item that the statement is about, and validate its key. Raises TableApiError."""
    record = catalogue.table(prepared.table)
    if prepared.item is not None:
        return plan_put(record, prepared.item, check_item_size(prepared.item))
    key = exact_key(prepared.where, record.table.schema, prepared.parameters)
    if key is None:
        raise validation_error(
            "Where clause does not contain a mandatory equality on all key attributes"
        )
    if prepared.update is not None:
        return find_for_update(record, key, prepared.update)
    plan = plan_delete(record, key)
    if isinstance(prepared.statement, ExistsStatement):
        return plan._replace(after=plan.before, writes=False)
    return plan


def plan_write(
    found: PlannedWrite, prepared: PreparedWrite, returned: str | None = None
) -> PlannedWrite:
    """Check what must be true of the present item, and plan the write. Raises TableApiError.

    `returned`: ReturnValuesOnConditionCheckFailure.
    """
    if prepared.item is not None:
        if found.before is not None:
            raise TableApiError("DuplicateItemException", "Duplicate primary key exists in table")
        return found
    if isinstance(prepared.statement, DeleteStatement) and found.before is None:
        return found
    check_condition(prepared.condition, found, returned)
    return found if prepared.update is None else plan_update(found, prepared.update)


def returned_items(plan: PlannedWrite, statement: WriteStatement) -> list[Item]:
    """What RETURNING asks for; empty without it, and where there is nothing to return."""
    if isinstance(statement, InsertStatement | ExistsStatement) or statement.returning is None:
        return []
    scope, _, time = statement.returning.partition(" ")
    stored = plan.before if time == "OLD" else plan.after
    if stored is None:
        return []
    if scope == "ALL":
        return [stored.image]
    modified = updated_attributes(plan.paths, stored.image)
    return [modified] if modified else []
