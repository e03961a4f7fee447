"""Ids of items: 1 to 128 printable characters, without a space at either end.

The limit keeps an id below DynamoDB's 2048 bytes of a partition key, even with four bytes a
character: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""

import uuid
from urllib.parse import quote

from app.errors import BadRequest

MAX_CHARACTERS = 128


def check_item_id(item_id: str, name: str = "the id") -> str:
    """This id if it is valid; else BadRequest, which has its name and the rule, never the id."""
    if not item_id:
        raise BadRequest(f"{name} is empty")
    if len(item_id) > MAX_CHARACTERS:
        raise BadRequest(f"{name} has {len(item_id)} characters; at most {MAX_CHARACTERS}")
    if not item_id.isprintable():
        raise BadRequest(f"{name} has a character that can't be printed")
    if item_id != item_id.strip():
        raise BadRequest(f"{name} begins or ends with a space")
    return item_id


def item_id_to_path(item_id: str) -> str:
    return quote(item_id, safe="")


def new_item_id() -> str:
    return str(uuid.uuid4())
