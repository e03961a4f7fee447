"""A table's keys and secondary indexes: conversion between Pulumi's form and AWS's, updates."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from twin.provider.operations.diff import values_match
from twin.provider.schema.resource_type import (
    DescribedResource,
    OperationContext,
    ResourceChange,
    WriteOnlyAspect,
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


_CAPACITY = ("readCapacity", "writeCapacity")
_STRUCTURE = replace(
    GLOBAL_INDEXES, fields=tuple(f for f in GLOBAL_INDEXES.fields if f.name not in _CAPACITY)
)
"""What of a global index can't be changed in its place."""


def _by_name(properties: Properties) -> dict[str, Properties]:
    return {index["name"]: index for index in properties.get(GLOBAL_INDEXES.name) or []}


def _unchanged(old: dict[str, Properties], new: dict[str, Properties]) -> set[str]:
    """Names of the indexes that stay, though with another capacity perhaps."""
    return {n for n in old.keys() & new.keys() if values_match(_STRUCTURE, [old[n]], [new[n]])}


@dataclass(frozen=True, slots=True)
class CapacityAspect(WriteOnlyAspect):
    """Billing mode, and the provisioned capacity of the table and of its global indexes.

    One call has all of it: AWS makes no table provisioned without its indexes (resourceTableUpdate,
    phase 2).
    """

    names: frozenset[str] = frozenset({"billingMode", *_CAPACITY, GLOBAL_INDEXES.name})
    at_creation: bool = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Update the table, unless only indexes come and go."""
        params: Properties = {}
        billing = change.new.get("billingMode", "PROVISIONED")
        if change.names & {"billingMode", *_CAPACITY}:
            params = {"BillingMode": billing, **throughput(change.new, billing)}
        if billing == "PROVISIONED" and (updates := list(_capacity_updates(change))):
            params["GlobalSecondaryIndexUpdates"] = updates
        if params:
            context.call("UpdateTable", {"TableName": change.id, **params})
            wait_until_active(context, change.id)


def _capacity_updates(change: ResourceChange) -> Iterator[Properties]:
    old, new = _by_name(change.old), _by_name(change.new)
    becomes_provisioned = change.old.get("billingMode") == "PAY_PER_REQUEST"
    kept = _unchanged(old, new)
    for name, before in sorted(old.items()):
        given = {k: v for k, v in new.get(name, {}).items() if k in _CAPACITY and v is not None}
        wanted = {**before, **given}
        if becomes_provisioned or (name in kept and wanted != before):
            yield {"Update": {"IndexName": name, **throughput(wanted, "PROVISIONED")}}


def wait_until_active(context: OperationContext, table: str) -> None:
    """Wait for the table and its global indexes."""

    def poll() -> tuple[bool, str]:
        described = context.call("DescribeTable", {"TableName": table})["Table"]
        states = [i.get("IndexStatus") for i in described.get("GlobalSecondaryIndexes") or []]
        settled = all(state in ("ACTIVE", None) for state in states)
        return settled and described["TableStatus"] == "ACTIVE", str(states or "gone")

    context.waiter.wait(f"indexes of {table} to be ACTIVE", poll)


@dataclass(frozen=True, slots=True)
class IndexesAspect:
    """Secondary indexes: AWS changes one global index in each call, and local ones never.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
    """

    names: frozenset[str] = frozenset({GLOBAL_INDEXES.name, LOCAL_INDEXES.name})
    at_creation: bool = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Create and delete global indexes; a changed index is deleted and created again."""
        old, new = _by_name(change.old), _by_name(change.new)
        unchanged = _unchanged(old, new)
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
        wait_until_active(context, change.id)
