"""What UpdateTable may do to global secondary indexes.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from typing import Any

from moto.dynamodb.models.table import Table

from twin.core.table_engine import AwsError


def check_indexes(table: Table, request: dict[str, Any]) -> None:
    """Refuse a wrong GlobalSecondaryIndexUpdates. Raises AwsError."""
    updates = request.get("GlobalSecondaryIndexUpdates") or ()
    there = {index.name for index in (*table.global_indexes, *table.indexes)}
    defined = {a["AttributeName"] for a in request.get("AttributeDefinitions") or table.attr}
    for update in updates:
        if len(update) != 1:
            raise AwsError(
                "ValidationException",
                "One or more parameter values were invalid: One of GlobalSecondaryIndexUpdate"
                ".Update, GlobalSecondaryIndexUpdate.Create, GlobalSecondaryIndexUpdate.Delete "
                "must not be null",
            )
        ((action, index),) = update.items()
        if action == "Create":
            _check_new(index, there, defined)
        elif index["IndexName"] not in there:
            raise AwsError(
                "ResourceNotFoundException",
                f"Requested resource not found: Index: {index['IndexName']} not found",
            )
    # "create or delete only one global secondary index per UpdateTable operation":
    # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html
    if sum("Update" not in update for update in updates) > 1:
        raise AwsError(
            "LimitExceededException",
            "Subscriber limit exceeded: Only 1 online index can be created or deleted "
            "simultaneously per table",
        )


def _check_new(index: dict[str, Any], there: set[str], defined: set[str]) -> None:
    if index["IndexName"] in there:
        raise AwsError("ValidationException", "Attempting to create an index which already exists")
    keys = [element["AttributeName"] for element in index["KeySchema"]]
    if not set(keys) <= defined:
        raise AwsError(
            "ValidationException",
            "One or more parameter values were invalid: Some index key attributes are not defined "
            f"in AttributeDefinitions. Keys: {keys}, AttributeDefinitions: {sorted(defined)}",
        )
