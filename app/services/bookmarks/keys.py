"""Keys of the table, which have the rules of app/ids.py.

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
from app.ids import check_item_id

LIBRARY = "library"
SEPARATOR = "#"
"""Between a film and a Region."""
AFTER_SEPARATOR = chr(ord(SEPARATOR) + 1)

Key = Mapping[str, Mapping[str, str]]


def table_key(partition: str, sort: str) -> Key:
    """A key in DynamoDB's JSON."""
    return {"PK": {"S": partition}, "SK": {"S": sort}}


def check_film(text: str) -> str:
    """This film's id if it is valid. Raises BadRequest."""
    if SEPARATOR in text:
        raise BadRequest(f"film has a '{SEPARATOR}', which the table keeps for itself")
    return check_item_id(text, "film")


def check_not_library(partition: str) -> None:
    """Raises Forbidden where a write would change the films."""
    if partition == LIBRARY:
        raise Forbidden(f"'{LIBRARY}' has the films; it can be read, and not be changed")


def regional_sort_key(film: str, region: str) -> str:
    return f"{film}{SEPARATOR}{region}"


def film_of_sort_key(sort: str) -> str:
    return sort.partition(SEPARATOR)[0]
