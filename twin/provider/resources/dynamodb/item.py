"""DynamoDB: one item of a table, in DynamoDB's own JSON."""

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass

from twin.provider.errors import ProviderError
from twin.provider.schema.resource_type import (
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    json_string,
    output,
    string,
)
from twin.provider.values import Properties, Value


def _parse_item(text: str) -> Properties:
    """Parse an item; binary values are bytes then."""
    try:
        item = json.loads(text)
    except (ValueError, RecursionError) as exc:
        raise ProviderError(f"the item is no JSON: {exc}") from exc
    if not isinstance(item, dict):
        raise ProviderError('the item is no object such as {"id": {"S": "1"}}')
    try:
        return {name: _decode_binary(value) for name, value in item.items()}
    except (AttributeError, TypeError, ValueError) as exc:
        raise ProviderError(f"the item is not in DynamoDB's JSON: {exc}") from exc


def _decode_binary(value: Value) -> Value:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html"""
    if not isinstance(value, dict):
        return value
    decoded = dict(value)
    for kind, inner in value.items():
        match kind:
            case "B":
                decoded[kind] = base64.b64decode(inner, validate=True)
            case "BS":
                decoded[kind] = [base64.b64decode(each, validate=True) for each in inner]
            case "L":
                decoded[kind] = [_decode_binary(each) for each in inner]
            case "M":
                decoded[kind] = {name: _decode_binary(each) for name, each in inner.items()}
    return decoded


def _encode_item(item: Properties) -> str:
    def encode(value: Value) -> str:
        return base64.b64encode(value).decode()

    return json.dumps(item, default=encode, sort_keys=True)


def _key(properties: Properties) -> Properties:
    item = _parse_item(properties["item"])
    names = [properties["hashKey"], *filter(None, [properties.get("rangeKey")])]
    missing = [name for name in names if name not in item]
    if missing:
        raise ProviderError(f"the item lacks the key attribute '{missing[0]}'")
    return {name: item[name] for name in names}


def _key_params(ref: ResourceRef) -> Properties:
    if "item" not in ref.properties:
        raise ProviderError(f"'{ref.id}' can't be imported: declare the item anew")
    return {"TableName": ref.properties["tableName"], "Key": _key(ref.properties)}


def _read_params(ref: ResourceRef) -> Properties:
    return {**_key_params(ref), "ConsistentRead": True}


def _creation_params(_: OperationContext, new: Properties) -> Properties:
    """The item, unless one with its key is there."""
    _key(new)
    return {
        "Item": _parse_item(new["item"]),
        "ExpressionAttributeNames": {"#hk": new["hashKey"]},
        "ConditionExpression": "attribute_not_exists(#hk)",
    }


@dataclass(frozen=True, slots=True)
class ItemAspect:
    """The declared attributes of the item; another key is another item."""

    names: frozenset[str] = frozenset({"item"})
    at_creation: bool = False

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Change what differs from the earlier declaration; attributes of others stay."""
        table = change.new["tableName"]
        old, new = _parse_item(change.old["item"]), _parse_item(change.new["item"])
        before, key = _key({**change.new, "item": change.old["item"]}), _key(change.new)
        if before != key:
            context.call("PutItem", {"TableName": table, "Item": new})
            context.call("DeleteItem", {"TableName": table, "Key": before})
            return
        updates: Properties = {
            name: {"Action": "PUT", "Value": value}
            for name, value in new.items()
            if name not in key and old.get(name) != value
        }
        updates |= {name: {"Action": "DELETE"} for name in old.keys() - new.keys()}
        if updates:
            params = {"TableName": table, "Key": key, "AttributeUpdates": updates}
            context.call("UpdateItem", params)

    def read(self, found: DescribedResource) -> Properties:
        return {"item": _encode_item(found.description)}


def _key_value(name: str) -> Callable[[DescribedResource], Value]:
    """The value of the key attribute that this argument names."""

    def derive(found: DescribedResource) -> Value:
        attribute = found.recorded.get(name)
        value = found.description.get(attribute or "", {})
        return next((str(inner) for inner in value.values()), None)

    return derive


def _item_id(_: Properties, new: Properties) -> str:
    """TABLE|KEY|VALUE..., with a name before each value, as the real provider has it."""
    key = _key(new)
    parts = [new["tableName"], new["hashKey"]]
    for name, value in key.items():
        if name != new["hashKey"]:
            parts.append(name)
        parts += [str(inner) for inner in value.values()]
    return "|".join(parts)


TABLE_ITEM = ResourceType(
    name="aws:dynamodb/tableItem:TableItem",
    service="dynamodb",
    properties=(
        string("tableName", required=True, replaces=True, keep_recorded=True),
        string("hashKey", required=True, replaces=True, local=True),
        string("rangeKey", replaces=True, local=True),
        json_string("item", required=True, local=True),
        output("hashKeyValue", derive=_key_value("hashKey")),
        output("rangeKeyValue", derive=_key_value("rangeKey")),
    ),
    create=AwsOperation(operation="PutItem", extra_params=_creation_params),
    read=AwsOperation(operation="GetItem", id_param=_read_params, result="Item"),
    delete=AwsOperation(operation="DeleteItem", id_param=_key_params),
    resource_id=_item_id,
    not_found_codes=frozenset({"ResourceNotFoundException"}),
    aspects=(ItemAspect(),),
)

TYPES = (TABLE_ITEM,)
