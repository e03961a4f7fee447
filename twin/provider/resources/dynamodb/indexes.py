"""A table's keys and secondary indexes: conversion between Pulumi's form and AWS's, updates."""

from dataclasses import dataclass

from twin.provider.operations.diff import values_match
from twin.provider.schema.resource_type import (
    DescribedResource,
    OperationContext,
    ResourceChange,
    block_set,
    integer,
    string,
    string_set,
)
from twin.provider.values import Properties, Value

GLOBAL_INDEXES = block_set(
    "globalSecondaryIndexes",
    string("name", required=True),
    string("hashKey", required=True),
    string("rangeKey"),
    string("projectionType", required=True, choices=("ALL", "INCLUDE", "KEYS_ONLY")),
    string_set("nonKeyAttributes"),
    integer("readCapacity", computed=True),
    integer("writeCapacity", computed=True),
    local=True,
)
LOCAL_INDEXES = block_set(
    "localSecondaryIndexes",
    string("name", required=True),
    string("rangeKey", required=True),
    string("projectionType", required=True, choices=("ALL", "INCLUDE", "KEYS_ONLY")),
    string_set("nonKeyAttributes"),
    local=True,
    replaces=True,
)


def key_schema(hash_key: str, range_key: str | None) -> list[Properties]:
    """Convert keys to AWS's KeySchema."""
    keys = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    return [*keys, {"AttributeName": range_key, "KeyType": "RANGE"}] if range_key else keys


def parse_key_schema(description: Properties) -> Properties:
    """Read hashKey and rangeKey from a KeySchema."""
    names = {"HASH": "hashKey", "RANGE": "rangeKey"}
    return {names[k["KeyType"]]: k["AttributeName"] for k in description.get("KeySchema", [])}


def throughput(values: Properties, billing: str) -> Properties:
    """Provisioned capacity; nothing for an on-demand table."""
    if billing == "PAY_PER_REQUEST":
        return {}
    return {
        "ProvisionedThroughput": {
            "ReadCapacityUnits": values.get("readCapacity") or 1,
            "WriteCapacityUnits": values.get("writeCapacity") or 1,
        }
    }


def index_parameters(new: Properties) -> Properties:
    """CreateTable's parameters for both kinds of indexes."""
    found: Properties = {}
    if new.get("globalSecondaryIndexes"):
        billing = new.get("billingMode", "PROVISIONED")
        found["GlobalSecondaryIndexes"] = [
            _global_index(index, billing) for index in new["globalSecondaryIndexes"]
        ]
    if new.get("localSecondaryIndexes"):
        found["LocalSecondaryIndexes"] = [
            {**_index(index), "KeySchema": key_schema(new["hashKey"], index["rangeKey"])}
            for index in new["localSecondaryIndexes"]
        ]
    return found


def used_attributes(new: Properties) -> set[str]:
    """The attributes in keys of the table and its indexes."""
    named = [new, *(new.get("globalSecondaryIndexes") or [])]
    named += new.get("localSecondaryIndexes") or []
    names = [holder.get(key) for holder in named for key in ("hashKey", "rangeKey")]
    return {name for name in names if isinstance(name, str)}


def attribute_definitions(new: Properties) -> list[Properties]:
    """Convert attributes to AWS's AttributeDefinitions."""
    return [
        {"AttributeName": attribute["name"], "AttributeType": attribute["type"]}
        for attribute in new.get("attributes") or []
    ]


def _index(index: Properties) -> Properties:
    projection: Properties = {"ProjectionType": index["projectionType"]}
    if index.get("nonKeyAttributes"):
        projection["NonKeyAttributes"] = index["nonKeyAttributes"]
    return {"IndexName": index["name"], "Projection": projection}


def _global_index(index: Properties, billing: str) -> Properties:
    schema = key_schema(index["hashKey"], index.get("rangeKey"))
    return {**_index(index), "KeySchema": schema, **throughput(index, billing)}


def _parse_index(description: Properties) -> Properties:
    projection = description.get("Projection", {})
    capacity = description.get("ProvisionedThroughput", {})
    values: dict[str, Value] = {
        "name": description["IndexName"],
        **parse_key_schema(description),
        "projectionType": projection.get("ProjectionType"),
        "nonKeyAttributes": projection.get("NonKeyAttributes"),
        "readCapacity": capacity.get("ReadCapacityUnits"),
        "writeCapacity": capacity.get("WriteCapacityUnits"),
    }
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class IndexesAspect:
    """Secondary indexes: AWS changes one global index in each call, and local ones never.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
    """

    names: frozenset[str] = frozenset({GLOBAL_INDEXES.name, LOCAL_INDEXES.name})
    at_creation: bool = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Create and delete global indexes; a changed index is deleted and created again."""
        old = {index["name"]: index for index in change.old.get(GLOBAL_INDEXES.name) or []}
        new = {index["name"]: index for index in change.new.get(GLOBAL_INDEXES.name) or []}
        unchanged = {
            n for n in old.keys() & new.keys() if values_match(GLOBAL_INDEXES, [old[n]], [new[n]])
        }
        for name in sorted(old.keys() - unchanged):
            self._update(context, change, {"Delete": {"IndexName": name}})
        billing = change.new.get("billingMode", "PROVISIONED")
        for name in sorted(new.keys() - unchanged):
            self._update(context, change, {"Create": _global_index(new[name], billing)})

    def read(self, found: DescribedResource) -> Properties:
        values: Properties = {}
        for name, member in (
            (GLOBAL_INDEXES.name, "GlobalSecondaryIndexes"),
            (LOCAL_INDEXES.name, "LocalSecondaryIndexes"),
        ):
            listed = [_parse_index(index) for index in found.description.get(member) or []]
            if listed:
                values[name] = listed
        return values

    def _update(
        self, context: OperationContext, change: ResourceChange, update: Properties
    ) -> None:
        params = {
            "TableName": change.id,
            "AttributeDefinitions": attribute_definitions(change.new),
            "GlobalSecondaryIndexUpdates": [update],
        }
        context.call("UpdateTable", params)

        def poll() -> tuple[bool, str]:
            table = context.call("DescribeTable", {"TableName": change.id})["Table"]
            states = [i.get("IndexStatus") for i in table.get("GlobalSecondaryIndexes") or []]
            settled = all(state in ("ACTIVE", None) for state in states)
            return settled and table["TableStatus"] == "ACTIVE", str(states or "gone")

        context.waiter.wait(f"indexes of {change.id} to be ACTIVE", poll)
