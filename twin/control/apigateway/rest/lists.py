"""Lists of the API `apigateway`: up to `limit` items, and `position` where there are more."""

from collections.abc import Sequence
from typing import Any

from twin.control.apigateway.errors import bad_request
from twin.control.apigateway.pages import take_page
from twin.control.document_service import Params, Result

DEFAULT_LIMIT, MAX_LIMIT = 25, 500


def list_items(items: Sequence[dict[str, Any]], params: Params) -> Result:
    """A page of documents. Raises CallRefused."""
    limit = params.get("limit", DEFAULT_LIMIT)
    if limit < 1:
        raise bad_request("Invalid limit specified: it must be at least 1")
    shown, following = take_page(
        items, params.get("position") or None, min(limit, MAX_LIMIT), "position"
    )
    result: dict[str, Any] = {"items": list(shown)}
    return result if following is None else {**result, "position": following}
