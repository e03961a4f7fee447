"""A table's keys and secondary indexes, between Pulumi's form and AWS's."""

from dataclasses import dataclass

from twin.provider.operations.diff import values_match
from twin.provider.schema.resource_type import (
    DescribedResource,
    OperationContext,
    ResourceChange,
    block_set,
    text,
    text_set,
    whole,
)
from twin.provider.values import Properties, Value

GLOBAL = block_set(
    "globalSecondaryIndexes",
    text("name", required=True),
    text("hashKey", required=True),
    text("rangeKey"),
    text("projectionType", required=True, choices=("ALL", "INCLUDE", "KEYS_ONLY")),
    text_set("nonKeyAttributes"),
    whole("readCapacity", computed=True),
    whole("writeCapacity", computed=True),
    local=True,
)
LOCAL = block_set(
    "localSecondaryIndexes",
    text("name", required=True),
    text("rangeKey", required=True),
    text("projectionType", required=True, choices=("ALL", "INCLUDE", "KEYS_ONLY")),
    text_set("nonKeyAttributes"),
    local=True,
    replaces=True,
)


def key_schema(hash_key: str, range_key: str | None) -> list[Properties]:
    """Keys as AWS writes them."""
    keys = [{"AttributeName": hash_key, "KeyType": "HASH"}]
    return [*keys, {"AttributeName": range_key, "KeyType": "RANGE"}] if range_key else keys


def keys(description: Properties) -> Properties:
    """And back: hashKey, rangeKey."""
    names = {"HASH": "hashKey", "RANGE": "rangeKey"}
    return {names[k["KeyType"]]: k["AttributeName"] for k in description.get("KeySchema", [])}


def throughput(values: Properties, billing: str) -> Properties:
    """Provisioned capacity; an on-demand table has none."""
    if billing == "PAY_PER_REQUEST":
        return {}
    return {
        "ProvisionedThroughput": {
            "ReadCapacityUnits": values.get("readCapacity") or 1,
            "WriteCapacityUnits": values.get("writeCapacity") or 1,
        }
    }


def for_creation(new: Properties) -> Properties:
    """Both kinds of indexes as CreateTable has them."""
    found: Properties = {}
    if new.get("globalSecondaryIndexes"):
        billing = new.get("billingMode", "PROVISIONED")
        found["GlobalSecondaryIndexes"] = [
            _global(index, billing) for index in new["globalSecondaryIndexes"]
        ]
    if new.get("localSecondaryIndexes"):
        found["LocalSecondaryIndexes"] = [
            {**_index(index), "KeySchema": key_schema(new["hashKey"], index["rangeKey"])}
            for index in new["localSecondaryIndexes"]
        ]
    return found


def used_attributes(new: Properties) -> set[str]:
    """The attributes that a key of the table or of an index names."""
    named = [new, *(new.get("globalSecondaryIndexes") or [])]
    named += new.get("localSecondaryIndexes") or []
    names = [holder.get(key) for holder in named for key in ("hashKey", "rangeKey")]
    return {name for name in names if isinstance(name, str)}


def definitions(new: Properties) -> list[Properties]:
    """Attribute types as AWS writes them."""
    return [
        {"AttributeName": attribute["name"], "AttributeType": attribute["type"]}
        for attribute in new.get("attributes") or []
    ]


def _index(index: Properties) -> Properties:
    projection: Properties = {"ProjectionType": index["projectionType"]}
    if index.get("nonKeyAttributes"):
        projection["NonKeyAttributes"] = index["nonKeyAttributes"]
    return {"IndexName": index["name"], "Projection": projection}


def _global(index: Properties, billing: str) -> Properties:
    schema = key_schema(index["hashKey"], index.get("rangeKey"))
    return {**_index(index), "KeySchema": schema, **throughput(index, billing)}


def _read(description: Properties) -> Properties:
    projection = description.get("Projection", {})
    capacity = description.get("ProvisionedThroughput", {})
    values: dict[str, Value] = {
        "name": description["IndexName"],
        **keys(description),
        "projectionType": projection.get("ProjectionType"),
        "nonKeyAttributes": projection.get("NonKeyAttributes"),
        "readCapacity": capacity.get("ReadCapacityUnits"),
        "writeCapacity": capacity.get("WriteCapacityUnits"),
    }
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Indexes:
    """Secondary indexes: AWS changes one global index at a time, and local ones never.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
    """

    names: frozenset[str] = frozenset({GLOBAL.name, LOCAL.name})
    at_creation: bool = False

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """The creating call made the first ones; an index that changed is made anew."""
        old = {index["name"]: index for index in change.old.get(GLOBAL.name) or []}
        new = {index["name"]: index for index in change.new.get(GLOBAL.name) or []}
        stay = {n for n in old.keys() & new.keys() if values_match(GLOBAL, [old[n]], [new[n]])}
        for name in sorted(old.keys() - stay):
            self._update(scope, change, {"Delete": {"IndexName": name}})
        billing = change.new.get("billingMode", "PROVISIONED")
        for name in sorted(new.keys() - stay):
            self._update(scope, change, {"Create": _global(new[name], billing)})

    def read(self, found: DescribedResource) -> Properties:
        """From the description."""
        values: Properties = {}
        for name, member in (
            (GLOBAL.name, "GlobalSecondaryIndexes"),
            (LOCAL.name, "LocalSecondaryIndexes"),
        ):
            listed = [_read(index) for index in found.description.get(member) or []]
            if listed:
                values[name] = listed
        return values

    def _update(self, scope: OperationContext, change: ResourceChange, update: Properties) -> None:
        params = {
            "TableName": change.id,
            "AttributeDefinitions": definitions(change.new),
            "GlobalSecondaryIndexUpdates": [update],
        }
        scope.call("UpdateTable", params)

        def look() -> tuple[bool, str]:
            table = scope.call("DescribeTable", {"TableName": change.id})["Table"]
            states = [i.get("IndexStatus") for i in table.get("GlobalSecondaryIndexes") or []]
            settled = all(state in ("ACTIVE", None) for state in states)
            return settled and table["TableStatus"] == "ACTIVE", str(states or "gone")

        scope.patience.until(f"indexes of {change.id} to be ACTIVE", look)
