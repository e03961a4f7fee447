"""The conditions of writes to a fake table, as far as the tool's own calls use them."""

import re
from collections.abc import Mapping
from typing import Any

NOT_EXISTS = "attribute_not_exists(item_id)"


def condition_error(given: Mapping[str, Any], item: Mapping[str, Any] | None) -> str | None:
    """The error code of DynamoDB's answer to a conditional write; None: the write is done.

    DynamoDB refuses a placeholder that is not defined, and one that is defined and not used:
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.ExpressionAttributeNames.html
    """
    condition: str = given.get("ConditionExpression", "")
    names: Mapping[str, str] = given.get("ExpressionAttributeNames", {})
    values: Mapping[str, Any] = given.get("ExpressionAttributeValues", {})
    if set(re.findall(r"[#:]\w+", condition)) != {*names, *values}:
        return "ValidationException"
    if condition in ("", NOT_EXISTS):
        return "ConditionalCheckFailedException" if condition and item is not None else None
    for term in condition.split(" AND "):
        name, value = term.split(" = ")
        if (item or {}).get(names[name]) != values[value]:
            return "ConditionalCheckFailedException"
    return None
