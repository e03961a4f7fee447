"""Items as texts, so that they can be stored, compared and shown.

Two items are equal exactly if their texts are: attributes are sorted, and so are the elements of
sets, whose order DynamoDB does not keep. Numbers are compared as DynamoDB answers them, which is
always the same way for the same number:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
"""An item in the JSON of DynamoDB's API, with boto3's bytes for binary values."""
_SETS = ("SS", "NS", "BS")


def item_to_text(item: Item) -> str:
    """The item's canonical JSON."""
    plain = {name: _to_plain(value) for name, value in item.items()}
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def item_from_text(text: str) -> dict[str, dict[str, Any]]:
    """The item of a text that `item_to_text` made."""
    return {name: _from_plain(value) for name, value in json.loads(text).items()}


def key_to_text(item: Item, key_names: Sequence[str]) -> str:
    """The canonical JSON of an item's key."""
    return item_to_text({name: item[name] for name in key_names})


def _to_plain(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {kind: _encode(content)}
        case "BS":
            return {kind: sorted(_encode(part) for part in content)}
        case "L":
            return {kind: [_to_plain(part) for part in content]}
        case "M":
            return {kind: {name: _to_plain(part) for name, part in content.items()}}
        case _:
            return {kind: sorted(content) if kind in _SETS else content}


def _from_plain(value: Mapping[str, Any]) -> dict[str, Any]:
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {kind: base64.b64decode(content)}
        case "BS":
            return {kind: [base64.b64decode(part) for part in content]}
        case "L":
            return {kind: [_from_plain(part) for part in content]}
        case "M":
            return {kind: {name: _from_plain(part) for name, part in content.items()}}
        case _:
            return {kind: content}


def _encode(content: bytes) -> str:
    return base64.b64encode(bytes(content)).decode()
