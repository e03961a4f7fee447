"""Corrections of moto's Resource Groups Tagging API.

moto keeps the rest of each list that has further pages until a call asks for it: for ever, where
none does. A key, or a value, is in its list as often as there are resources with it. Here each page
is a part of a new list, and the token says where it begins.
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetTagKeys.html
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import accumulate
from typing import Any, TypeVar

from moto.resourcegroupstaggingapi.exceptions import ResourceGroupsTaggingAPIError
from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

from twin.core.pages import find_page, read_start
from twin.moto.patches.patching import replace_method, set_attribute

T = TypeVar("T")

NAMES_PER_PAGE = 128
"""Keys or values; AWS says no number."""
NOT_TAGGED_HERE = (
    "The twin sets no tags of this resource here, if it has it. docs/services.md names those that"
    " it tags here; tags of others are set by the operations of their own services."
)


def patch_tagging() -> None:
    """Let lists have each item once, on pages; name the docs for what can't be tagged here."""
    backend = ResourceGroupsTaggingAPIBackend
    set_attribute(backend, "get_resources", _get_resources)
    set_attribute(backend, "get_tag_keys", _get_tag_keys)
    set_attribute(backend, "get_tag_values", _get_tag_values)
    for name in ("tag_resources", "untag_resources"):
        replace_method(backend, name, _name_docs)


def _get_resources(
    self: Any,
    pagination_token: str | None = None,
    resources_per_page: int = 50,
    tags_per_page: int = 100,
    **filters: Any,
) -> tuple[str | None, list[Any]]:
    resources = {one.arn: one for one in self._get_resources_generator(**filters)}
    tag_counts = [len(one.tags) for one in resources.values()]
    with _expired_tokens():
        start = read_start(list(resources), pagination_token or None)
    size = min(resources_per_page, _count_within(tag_counts[start:], tags_per_page))
    return _take_page(resources, pagination_token, size)


def _count_within(tag_counts: Sequence[int], tags_per_page: int) -> int:
    """How many resources have together no more tags: at least 1, as one has no more than 50.

    "GetResources does not split a resource and its associated tags across pages."
    https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
    """
    sums = accumulate(tag_counts)
    return max(1, sum(1 for tags in sums if tags <= tags_per_page))


def _get_tag_keys(self: Any, pagination_token: str | None = None) -> tuple[str | None, list[str]]:
    return _take_names(self._get_tag_keys_generator(), pagination_token)


def _get_tag_values(
    self: Any, pagination_token: str | None, key: str
) -> tuple[str | None, list[str]]:
    return _take_names(self._get_tag_values_generator(key), pagination_token)


def _take_names(names: Iterable[str], token: str | None) -> tuple[str | None, list[str]]:
    return _take_page({name: name for name in names}, token, NAMES_PER_PAGE)


def _take_page(items: Mapping[str, T], token: str | None, size: int) -> tuple[str | None, list[T]]:
    """The next page's token, and the page; `items` by their keys."""
    with _expired_tokens():
        page, following = find_page(list(items), token or None, size)
    return following, list(items.values())[page]


@contextmanager
def _expired_tokens() -> Iterator[None]:
    """Raises PaginationTokenExpiredException for a token that no page has given."""
    try:
        yield
    except ValueError as exc:
        raise ResourceGroupsTaggingAPIError(
            "PaginationTokenExpiredException", "Token does not exist"
        ) from exc


def _name_docs(original: Any) -> Any:
    """https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_FailureInfo.html"""

    def change_tags(self: Any, *args: Any, **options: Any) -> dict[str, dict[str, Any]]:
        failure = {
            "StatusCode": 400,
            "ErrorCode": "InvalidParameterException",
            "ErrorMessage": NOT_TAGGED_HERE,
        }
        return dict.fromkeys(original(self, *args, **options), failure)

    return change_tags
