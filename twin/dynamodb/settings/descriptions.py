"""Describes a table, as DescribeTable does.

https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TableDescription.html
"""

from typing import Any

from twin.core.tables.table_engine import JsonObject
from twin.dynamodb.catalogue import TableRecord
from twin.dynamodb.settings.billing import NO_UNITS, on_demand_since
from twin.dynamodb.settings.stored_settings import read_stream
from twin.dynamodb.tables import SecondaryIndex


def describe_table(record: TableRecord, status: str = "ACTIVE") -> JsonObject:
    """The TableDescription, without what a global table adds to it."""
    shared, local, billing = record.shared, record.local, record.shared["billing"]
    described: JsonObject = {
        "AttributeDefinitions": shared["attributes"],
        "TableName": record.name,
        "KeySchema": shared["keys"]["schema"],
        "TableStatus": status,
        "CreationDateTime": local["born"],
        "ProvisionedThroughput": _throughput(billing["throughput"]),
        "TableSizeBytes": record.table.bytes,
        "ItemCount": len(record.table),
        "TableArn": record.arn,
        "BillingModeSummary": {"BillingMode": billing["mode"]},
        "DeletionProtectionEnabled": bool(local["protection"]),
        "WarmThroughput": billing["warm"],
    }
    if (since := on_demand_since(record)) is not None:
        described["BillingModeSummary"]["LastUpdateToPayPerRequestDateTime"] = since
    if billing.get("on_demand"):
        described["OnDemandThroughput"] = billing["on_demand"]
    if local.get("class", "STANDARD") != "STANDARD":
        described["TableClassSummary"] = {"TableClass": local["class"]}
    if local.get("restore"):
        described["RestoreSummary"] = local["restore"]
    _add_indexes(described, record)
    _add_stream(described, record)
    if shared["encryption"].get("Enabled"):
        described["SSEDescription"] = {
            "Status": "ENABLED",
            "SSEType": shared["encryption"].get("SSEType") or "KMS",
            "KMSMasterKeyArn": local["key"],
        }
    return described


def _throughput(throughput: JsonObject) -> JsonObject:
    return {"NumberOfDecreasesToday": 0, **throughput}


def _add_indexes(described: JsonObject, record: TableRecord) -> None:
    shared = record.shared
    if shared["keys"]["indexes"]:
        described["LocalSecondaryIndexes"] = [
            {
                "IndexName": definition["IndexName"],
                "KeySchema": definition["KeySchema"],
                "Projection": definition["Projection"],
                **_index_sizes(record, definition),
            }
            for definition in shared["keys"]["indexes"]
        ]
    if shared["indexes"]:
        described["GlobalSecondaryIndexes"] = [
            describe_global_index(record, definition) for definition in shared["indexes"]
        ]


def describe_global_index(
    record: TableRecord, definition: JsonObject, status: str = "ACTIVE"
) -> JsonObject:
    """The GlobalSecondaryIndexDescription of an index."""
    described: JsonObject = {
        "IndexName": definition["IndexName"],
        "KeySchema": definition["KeySchema"],
        "Projection": definition["Projection"],
        "IndexStatus": status,
        "ProvisionedThroughput": _throughput(definition.get("ProvisionedThroughput") or NO_UNITS),
        **_index_sizes(record, definition),
    }
    for member in ("WarmThroughput", "OnDemandThroughput"):
        if definition.get(member):
            described[member] = definition[member]
    return described


def _index_sizes(record: TableRecord, definition: dict[str, Any]) -> JsonObject:
    name = definition["IndexName"]
    index: SecondaryIndex | None = record.table.indexes.get(name)
    return {
        "IndexSizeBytes": 0 if index is None else index.bytes,
        "ItemCount": 0 if index is None else index.count,
        "IndexArn": f"{record.arn}/index/{name}",
    }


def _add_stream(described: JsonObject, record: TableRecord) -> None:
    stream = read_stream(record)
    if stream is None:
        return
    described["LatestStreamLabel"] = stream.label
    described["LatestStreamArn"] = stream.arn
    if stream.enabled:
        described["StreamSpecification"] = record.shared["stream"]
