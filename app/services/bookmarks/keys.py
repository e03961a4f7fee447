"""Keys of the table: 1 to 128 printable characters, without a space at either end.

The limit keeps a sort key below DynamoDB's 1024 bytes, even with four bytes a character and a
Region behind it:
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html

    PK       SK               item
    library  01               a film
    user10   01#us-west-2     a viewer's bookmark of a film, as this Region has written it last
    user10   01               the same, written by the workshop's route: one item for all Regions
"""

from collections.abc import Mapping

from app.errors import BadRequest, Forbidden

LIBRARY = "library"
SEPARATOR = "#"
"""Between a film and a Region."""
AFTER_SEPARATOR = chr(ord(SEPARATOR) + 1)
MAX_CHARACTERS = 128

Key = Mapping[str, Mapping[str, str]]


def table_key(partition: str, sort: str) -> Key:
    """A key in DynamoDB's JSON."""
    return {"PK": {"S": partition}, "SK": {"S": sort}}


def check_key(text: str, name: str) -> str:
    """This key if it is valid; else BadRequest, which has the key's `name` and the rule."""
    if not text:
        raise BadRequest(f"{name} is empty")
    if len(text) > MAX_CHARACTERS:
        raise BadRequest(f"{name} has {len(text)} characters; at most {MAX_CHARACTERS}")
    if not text.isprintable():
        raise BadRequest(f"{name} has a character that can't be printed")
    if text != text.strip():
        raise BadRequest(f"{name} begins or ends with a space")
    return text


def check_film(text: str) -> str:
    """This film's id if it is valid. Raises BadRequest."""
    if SEPARATOR in text:
        raise BadRequest(f"film has a '{SEPARATOR}', which the table keeps for itself")
    return check_key(text, "film")


def check_not_library(partition: str) -> None:
    """Raises Forbidden where a write would change the films."""
    if partition == LIBRARY:
        raise Forbidden(f"'{LIBRARY}' has the films; it can be read, and not be changed")


def regional_sort_key(film: str, region: str) -> str:
    return f"{film}{SEPARATOR}{region}"


def film_of_sort_key(sort: str) -> str:
    return sort.partition(SEPARATOR)[0]
