"""DynamoDB and DynamoDB Streams.

Batches need the batch's action on each table; transactions need the actions of their parts; PartiQL
statements have actions of their own.
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ql-iam.html
"""

import base64
import binascii
import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.attribute_values import Value, normalise_value
from twin.dynamodb.partiql.statement_parser import parse_statement
from twin.dynamodb.partiql.syntax import (
    DeleteStatement,
    ExistsStatement,
    InsertStatement,
    SelectStatement,
    Statement,
    UpdateStatement,
)
from twin.iam.requirements.item_keys import describe_items
from twin.iam.requirements.model import (
    CallScope,
    Parameters,
    Requirement,
    operations_table,
    read_tags,
    service_linked_role,
)
from twin.iam.requirements.statement_keys import describe_statement

MAX_PARTS = 100
"""Of a batch or a transaction that are looked at: one with more is refused later."""
TABLES = operations_table(
    ("table", "CreateTable DeleteItem DeleteTable DescribeContinuousBackups DescribeTable"),
    ("table", "DescribeTimeToLive GetItem PutItem UpdateContinuousBackups UpdateItem"),
    ("table", "UpdateTable UpdateTimeToLive"),
    ("restore", "RestoreTableToPointInTime"),
    ("index", "Query Scan"),
    ("arn", "DeleteResourcePolicy GetResourcePolicy ListTagsOfResource PutResourcePolicy"),
    ("arn", "TagResource UntagResource"),
    ("all", "ListTables"),
    ("none", "DescribeEndpoints DescribeLimits ListStreams"),
    ("batch", "BatchGetItem BatchWriteItem"),
    ("transaction", "TransactGetItems TransactWriteItems"),
    ("statement", "BatchExecuteStatement ExecuteStatement ExecuteTransaction"),
    ("stream", "DescribeStream GetShardIterator"),
    ("iterator", "GetRecords"),
)
_PARTS = {
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
    "Delete": "DeleteItem",
    "ConditionCheck": "ConditionCheckItem",
}
_STATEMENTS: dict[type[Statement], str] = {
    DeleteStatement: "dynamodb:PartiQLDelete",
    ExistsStatement: "dynamodb:PartiQLSelect",
    InsertStatement: "dynamodb:PartiQLInsert",
    SelectStatement: "dynamodb:PartiQLSelect",
    UpdateStatement: "dynamodb:PartiQLUpdate",
}
_REPLICA_ACTIONS = (
    "CreateTable",
    "CreateTableReplica",
    "Scan",
    "Query",
    "UpdateItem",
    "PutItem",
    "GetItem",
    "DeleteItem",
    "BatchWriteItem",
)
"""In the Region of a new replica:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2gt_IAM.html"""
_RESTORE_ACTIONS = (
    "BatchWriteItem",
    "DeleteItem",
    "GetItem",
    "PutItem",
    "Query",
    "Scan",
    "UpdateItem",
)
"""On the new table, "read and write permissions":
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/backuprestore_IAM.html"""
_REPLICATION_SERVICE = "replication.dynamodb.amazonaws.com"


def read_tables(operation: str, parameters: Parameters, scope: CallScope) -> Iterable[Requirement]:
    (kind,) = TABLES[operation]
    yield from _READERS[kind](operation, parameters, scope)
    if operation == "CreateTable":
        yield from _on_creation(parameters, scope)
    if operation == "UpdateTable":
        yield from _on_replicas(parameters, scope)


def table_arn(name: Any, scope: CallScope, region: str = "") -> str:  # noqa: ANN401 - unchecked
    """The ARN of a table that a call names, by its name or by its ARN."""
    if isinstance(name, str) and name.startswith("arn:"):
        return name
    return f"arn:aws:dynamodb:{region or scope.region}:{scope.account}:table/{name or '*'}"


def _on_table(operation: str, parameters: Parameters, scope: CallScope) -> Iterator[Requirement]:
    yield Requirement(
        action=f"dynamodb:{operation}",
        resource=table_arn(parameters.get("TableName"), scope),
        keys=describe_items(operation, parameters, scope),
    )


def _on_restore(operation: str, parameters: Parameters, scope: CallScope) -> Iterator[Requirement]:
    source = parameters.get("SourceTableArn") or parameters.get("SourceTableName")
    yield Requirement(action=f"dynamodb:{operation}", resource=table_arn(source, scope))
    target = table_arn(parameters.get("TargetTableName"), scope)
    for action in _RESTORE_ACTIONS:
        yield Requirement(action=f"dynamodb:{action}", resource=target)


def _on_index(operation: str, parameters: Parameters, scope: CallScope) -> Iterator[Requirement]:
    arn = table_arn(parameters.get("TableName"), scope)
    index = parameters.get("IndexName")
    yield Requirement(
        action=f"dynamodb:{operation}",
        resource=f"{arn}/index/{index}" if index else arn,
        keys=describe_items(operation, parameters, scope),
    )


def _on_arn(operation: str, parameters: Parameters, _: CallScope) -> Iterator[Requirement]:
    arn = str(parameters.get("ResourceArn") or "*")
    yield Requirement(action=f"dynamodb:{operation}", resource=arn)


def _on_all(operation: str, _: Parameters, scope: CallScope) -> Iterator[Requirement]:
    yield Requirement(action=f"dynamodb:{operation}", resource=table_arn("*", scope))


def _on_none(operation: str, _: Parameters, __: CallScope) -> Iterator[Requirement]:
    yield Requirement(action=f"dynamodb:{operation}")


def _on_batch(operation: str, parameters: Parameters, scope: CallScope) -> Iterator[Requirement]:
    for name, requests in islice(_members(parameters.get("RequestItems")), MAX_PARTS):
        yield Requirement(
            action=f"dynamodb:{operation}",
            resource=table_arn(name, scope),
            keys=describe_items(operation, {**parameters, "TableName": name}, scope, requests),
        )


def _on_transaction(
    operation: str, parameters: Parameters, scope: CallScope
) -> Iterator[Requirement]:
    for entry in _list(parameters.get("TransactItems")):
        for name, part in _members(entry):
            if name not in _PARTS or not isinstance(part, Mapping):
                continue
            action = _PARTS[name]
            keys = describe_items(action, part, scope)
            yield Requirement(
                action=f"dynamodb:{action}",
                resource=table_arn(part.get("TableName"), scope),
                keys={**keys, "dynamodb:enclosingoperation": (operation,)},
            )


def _on_statement(
    operation: str, parameters: Parameters, scope: CallScope
) -> Iterator[Requirement]:
    statements: list[Any] = [parameters] if operation == "ExecuteStatement" else []
    statements += _list(parameters.get("Statements")) + _list(parameters.get("TransactStatements"))
    for entry in statements:
        yield _statement_requirement(entry if isinstance(entry, Mapping) else {}, scope)


def _statement_requirement(entry: Parameters, scope: CallScope) -> Requirement:
    """A text that is no statement is refused later, for what it is."""
    try:
        statement = parse_statement(str(entry.get("Statement", ""))).statement
    except TableApiError:
        return Requirement(action="dynamodb:PartiQLSelect")
    action, arn = _STATEMENTS[type(statement)], table_arn(statement.table, scope)
    select = statement.select if isinstance(statement, ExistsStatement) else statement
    index = select.index if isinstance(select, SelectStatement) else None
    return Requirement(
        action=action,
        resource=f"{arn}/index/{index}" if index else arn,
        keys=describe_statement(statement, _statement_parameters(entry), scope),
    )


def _statement_parameters(entry: Parameters) -> tuple[Value, ...]:
    """Up to the first one that the operation will refuse."""
    found: list[Value] = []
    with contextlib.suppress(TableApiError):
        for raw in _all(entry.get("Parameters")):
            found.append(normalise_value(raw))
    return tuple(found)


def _on_stream(operation: str, parameters: Parameters, _: CallScope) -> Iterator[Requirement]:
    arn = str(parameters.get("StreamArn") or "*")
    yield Requirement(action=f"dynamodb:{operation}", resource=arn)


def _on_iterator(operation: str, parameters: Parameters, _: CallScope) -> Iterator[Requirement]:
    """The iterator names its stream, as twin.region.tables.streams writes it."""
    text = str(parameters.get("ShardIterator", "")).rpartition("|")[2]
    try:
        arn = str(json.loads(base64.b64decode(text, validate=True))[0])
    except (binascii.Error, ValueError, RecursionError, LookupError, TypeError):
        arn = "*"
    yield Requirement(action=f"dynamodb:{operation}", resource=arn)


def _on_creation(parameters: Parameters, scope: CallScope) -> Iterator[Requirement]:
    arn = table_arn(parameters.get("TableName"), scope)
    if read_tags(parameters):
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Tagging.Operations.html
        yield Requirement(action="dynamodb:TagResource", resource=arn)
    if parameters.get("ResourcePolicy"):
        # https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-create-table.html
        yield Requirement(action="dynamodb:PutResourcePolicy", resource=arn)


def _on_replicas(parameters: Parameters, scope: CallScope) -> Iterator[Requirement]:
    name = str(parameters.get("TableName", "")).rpartition("/")[2]
    for update in _list(parameters.get("ReplicaUpdates")):
        for kind, replica in _members(update):
            region = replica.get("RegionName", "") if isinstance(replica, Mapping) else ""
            arn = table_arn(name, scope, str(region))
            if kind == "Create":
                for action in _REPLICA_ACTIONS:
                    yield Requirement(action=f"dynamodb:{action}", resource=arn)
                yield from service_linked_role(
                    _REPLICATION_SERVICE, "AWSServiceRoleForDynamoDBReplication", scope
                )
            if kind == "Delete":
                yield Requirement(action="dynamodb:DeleteTable", resource=arn)
                yield Requirement(action="dynamodb:DeleteTableReplica", resource=arn)


def _members(value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - unchecked JSON
    if isinstance(value, Mapping):
        yield from value.items()


def _all(value: Any) -> list[Any]:  # noqa: ANN401 - unchecked JSON
    return value if isinstance(value, list) else []


def _list(value: Any) -> list[Any]:  # noqa: ANN401 - unchecked JSON
    return value[:MAX_PARTS] if isinstance(value, list) else []


_READERS: dict[str, Callable[[str, Parameters, CallScope], Iterator[Requirement]]] = {
    "table": _on_table,
    "restore": _on_restore,
    "index": _on_index,
    "arn": _on_arn,
    "all": _on_all,
    "none": _on_none,
    "batch": _on_batch,
    "transaction": _on_transaction,
    "statement": _on_statement,
    "stream": _on_stream,
    "iterator": _on_iterator,
}
