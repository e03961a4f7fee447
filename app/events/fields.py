"""What the dialects of HTTP events have in common: headers, the body, the client's address."""

import base64
import binascii
from collections.abc import Mapping

from app.errors import BadRequest, UnknownEvent

Event = Mapping[str, object]
"""An event of Lambda, as it is parsed from JSON."""


def read_section(event: Event, *path: str) -> Event:
    """The object at a path of keys; an empty one where there is none."""
    found: object = event
    for key in path:
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}


def read_text(section: Event, key: str) -> str:
    """A string; empty where there is none."""
    found = section.get(key)
    return found if isinstance(found, str) else ""


def read_headers(event: Event) -> dict[str, str]:
    """Headers with lower-case names; several values of one name are joined (RFC 9110, 5.3).

    Where an event has both kinds, `headers` has only the last value of each name.
    """
    many = event.get("multiValueHeaders")
    if isinstance(many, dict):
        return {
            str(name).lower(): ", ".join(map(str, values if isinstance(values, list) else []))
            for name, values in many.items()
        }
    single = event.get("headers")
    if isinstance(single, dict):
        return {str(name).lower(): str(text) for name, text in single.items()}
    return {}


def read_query(event: Event) -> dict[str, str]:
    """Parameters as the event has them; the last value of each name."""
    found = event.get("multiValueQueryStringParameters")
    if not isinstance(found, dict):
        found = event.get("queryStringParameters")
    if not isinstance(found, dict):
        return {}
    return {
        str(name): str(["", *value][-1] if isinstance(value, list) else value)
        for name, value in found.items()
    }


def read_body(event: Event) -> bytes:
    """Raises UnknownEvent, BadRequest."""
    body = event.get("body") or ""
    if not isinstance(body, str):
        raise UnknownEvent("the event's body is not text")
    if not event.get("isBase64Encoded"):
        return body.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        raise BadRequest("the body is not base64, though the event says so") from None
