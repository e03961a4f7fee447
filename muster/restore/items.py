"""Items as texts, so that they can be stored, compared and shown.

Two items are equal exactly if their texts are: attributes are sorted, and so are the elements of
sets, whose order DynamoDB does not keep. Numbers are compared as DynamoDB answers them, which is
always the same way for the same number:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
"""

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

Item = Mapping[str, Mapping[str, Any]]
"""An item in the JSON of DynamoDB's API, with boto3's bytes for binary values."""


def item_to_text(item: Item) -> str:
    """The item's canonical JSON."""
    plain = {name: _convert(value, _encode) for name, value in item.items()}
    return json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def item_from_text(text: str) -> dict[str, dict[str, Any]]:
    """The item of a text that `item_to_text` made."""
    return {name: _convert(value, base64.b64decode) for name, value in json.loads(text).items()}


def key_to_text(item: Item, key_names: Sequence[str]) -> str:
    """The canonical JSON of an item's key."""
    return item_to_text({name: item[name] for name in key_names})


def _convert(value: Mapping[str, Any], binary: Callable[[Any], object]) -> dict[str, Any]:
    """The value with its sets sorted, and with `binary` applied to binary values."""
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {kind: binary(content)}
        case "BS":
            return {kind: [binary(part) for part in sorted(content)]}
        case "SS" | "NS":
            return {kind: sorted(content)}
        case "L":
            return {kind: [_convert(part, binary) for part in content]}
        case "M":
            return {kind: {name: _convert(part, binary) for name, part in content.items()}}
        case _:
            return {kind: content}


def _encode(content: bytes) -> str:
    return base64.b64encode(content).decode()
