"""The conditional write that brings one item back. Pure.

The condition compares every attribute that the item was seen with, and refuses those of the earlier
content that it had not. So a write that came in between is kept; one that only added an attribute
which neither state has is found by the read just before (see muster.restore.steps).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from muster.restore.items import Item

MAX_OPERATORS = 300
MAX_EXPRESSION_BYTES = 4096
"""https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackWrite:
    """A call of DynamoDB."""

    operation: str
    """`put_item` or `delete_item`."""
    parameters: dict[str, Any]


def make_back_write(
    table: str, key_names: Sequence[str], *, before: Item | None, seen: Item | None
) -> BackWrite | None:
    """Write `before` in the place of `seen`; None deletes, or means that nothing is there.

    None if the condition would be longer than DynamoDB takes.
    """
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    tests = []
    if seen is None:
        names["#0"] = key_names[0]
        tests.append("attribute_not_exists(#0)")
    else:
        for number, name in enumerate(sorted(seen)):
            names[f"#{number}"] = name
            values[f":{number}"] = seen[name]
            tests.append(f"#{number}=:{number}")
        for number, name in enumerate(sorted(set(before or ()) - set(seen)), start=len(seen)):
            names[f"#{number}"] = name
            tests.append(f"attribute_not_exists(#{number})")
    condition = " AND ".join(tests)
    if len(condition) > MAX_EXPRESSION_BYTES or 2 * len(tests) > MAX_OPERATORS:
        return None
    parameters: dict[str, Any] = {
        "TableName": table,
        "ConditionExpression": condition,
        "ExpressionAttributeNames": names,
    }
    if values:
        parameters["ExpressionAttributeValues"] = values
    if before is not None:
        return BackWrite(operation="put_item", parameters={**parameters, "Item": dict(before)})
    key = {name: (seen or {})[name] for name in key_names}
    return BackWrite(operation="delete_item", parameters={**parameters, "Key": key})
