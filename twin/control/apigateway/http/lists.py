"""Lists of the API `apigatewayv2`: up to MaxResults items, and NextToken where there are more."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from twin.control.apigateway.errors import bad_request
from twin.control.apigateway.pages import take_page
from twin.control.document_service import Params, Result

T = TypeVar("T")
MAX_RESULTS = 500


def list_page(
    items: Mapping[str, T], render: Callable[[T], dict[str, Any]], params: Params
) -> Result:
    """A page of the items, by their keys. Raises CallRefused."""
    given = str(params.get("MaxResults") or MAX_RESULTS)
    if not given.isdecimal() or len(given) > 9 or not 1 <= int(given) <= MAX_RESULTS:
        raise bad_request(f"MaxResults must be a number from 1 to {MAX_RESULTS}")
    token = params.get("NextToken")
    shown, following = take_page(sorted(items), token or None, int(given), "NextToken")
    result: dict[str, Any] = {"Items": [render(items[key]) for key in shown]}
    return result if following is None else {**result, "NextToken": following}
