"""Pages of functions, versions and aliases, which moto always lists whole."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from moto.awslambda.exceptions import InvalidParameterValueException
from moto.awslambda.responses import LambdaResponse

from twin.core.pages import find_page
from twin.moto.patches.patching import replace_method


@dataclass(frozen=True, slots=True, kw_only=True)
class _PagedList:
    operation: str
    items: str
    """The list's name in the answer."""
    key: str
    """The attribute that identifies an item."""
    at_most: int
    """Items of a page, even if the call asks for more."""


LISTS = (
    # https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctions.html
    _PagedList(operation="list_functions", items="Functions", key="FunctionArn", at_most=50),
    # https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html
    _PagedList(
        operation="list_versions_by_function", items="Versions", key="FunctionArn", at_most=50
    ),
    # https://docs.aws.amazon.com/lambda/latest/api/API_ListAliases.html
    _PagedList(operation="list_aliases", items="Aliases", key="AliasArn", at_most=10_000),
)


def patch_lambda_pages() -> None:
    for one in LISTS:
        replace_method(LambdaResponse, one.operation, _in_pages(one))


def _in_pages(paged: _PagedList) -> Callable[[Any], Any]:
    def make(original: Any) -> Any:
        def answer(self: Any) -> str:
            whole = original(self)
            body = json.loads(whole if isinstance(whole, str) else whole[2])
            return json.dumps(_take_page(paged, body, self.querystring))

        return answer

    return make


def _take_page(
    paged: _PagedList, body: dict[str, Any], query: dict[str, list[str]]
) -> dict[str, Any]:
    """Raises InvalidParameterValueException for a marker that no page has given."""
    marker = query.get("Marker", [""])[0] or None
    size = min(paged.at_most, int(query.get("MaxItems", [paged.at_most])[0]))
    items = body[paged.items]
    try:
        page, next_marker = find_page([item[paged.key] for item in items], marker, size)
    except ValueError as exc:
        raise InvalidParameterValueException(f"The marker '{marker}' is none of this list") from exc
    return {**body, paged.items: items[page], "NextMarker": next_marker}
