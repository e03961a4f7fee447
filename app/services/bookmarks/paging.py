"""Pages of a query or a scan: a limit, and an opaque token for the next page.

The token is DynamoDB's LastEvaluatedKey, in base64url. A client that makes up a token reads from
another place of what it may read anyway, so it is not signed.

The limit keeps a page of the greatest items that the routes can write below the 1 MB that a load
balancer takes from a function:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
"""

import base64
import json
from collections.abc import Mapping

from app.errors import BadRequest
from app.services.bookmarks.keys import Key, table_key

MAX_LIMIT = 50
MAX_KEY_BYTES = 1024


def read_limit(query: Mapping[str, str]) -> int:
    """The query's `limit`, at most and by default MAX_LIMIT. Raises BadRequest."""
    text = query.get("limit", "")
    if not text:
        return MAX_LIMIT
    limit = int(text) if text.isascii() and text.isdigit() and len(text) < 4 else 0
    if not 1 <= limit <= MAX_LIMIT:
        raise BadRequest(f"limit must be a whole number from 1 to {MAX_LIMIT}")
    return limit


def read_start(query: Mapping[str, str], partition: str | None = None) -> Key | None:
    """The key in the query's `start`; None without one. Raises BadRequest.

    `partition`: the only one that the key may be of.
    """
    token = query.get("start", "")
    if not token:
        return None
    try:
        names = json.loads(_decode(token))
    except (ValueError, RecursionError):
        names = None
    match names:
        case [str(found), str(sort)] if _is_key(found) and _is_key(sort):
            if partition not in (None, found):
                raise BadRequest("start is of another partition")
            return table_key(found, sort)
    raise BadRequest("start is not a LastEvaluatedKey of this service")


def make_token(key: Key) -> str:
    """The token of a LastEvaluatedKey: only characters that a URL may have."""
    names = json.dumps([key["PK"]["S"], key["SK"]["S"]], separators=(",", ":"))
    return base64.urlsafe_b64encode(names.encode()).decode("ascii").rstrip("=")


def _decode(token: str) -> bytes:
    """Raises ValueError."""
    padding = "=" * (-len(token) % 4)
    return base64.b64decode((token + padding).encode("ascii"), altchars=b"-_", validate=True)


def _is_key(name: str) -> bool:
    """Whether DynamoDB takes this as a key: an operator's items may have longer ones than ours."""
    return 0 < len(name.encode("utf-8", "replace")) <= MAX_KEY_BYTES
