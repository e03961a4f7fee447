"""Corrections of moto's Resource Groups Tagging API.

moto keeps a generator of each list that has further pages, and no snapshot can be taken of its
state from then on. A key, or a value, is in its list as often as there are resources with it.
https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetTagKeys.html
"""

from collections.abc import Iterator
from typing import Any

from moto.resourcegroupstaggingapi.models import ResourceGroupsTaggingAPIBackend

from twin.moto.patches.patching import replace_method

NOT_TAGGED_HERE = (
    "The twin sets no tags of this resource here, if it has it. docs/services.md names those that"
    " it tags here; tags of others are set by the operations of their own services."
)


def patch_tagging() -> None:
    """Let lists begin with all items, each once; name the docs for what can't be tagged here."""
    replace_method(ResourceGroupsTaggingAPIBackend, "_get_resources_generator", _list_all)
    for name in ("_get_tag_keys_generator", "_get_tag_values_generator"):
        replace_method(ResourceGroupsTaggingAPIBackend, name, _list_once)
    for name in ("tag_resources", "untag_resources"):
        replace_method(ResourceGroupsTaggingAPIBackend, name, _name_docs)


def _list_all(original: Any) -> Any:
    def list_all(self: Any, *args: Any, **options: Any) -> Iterator[Any]:
        return iter(list(original(self, *args, **options)))

    return list_all


def _list_once(original: Any) -> Any:
    def list_once(self: Any, *args: Any, **options: Any) -> Iterator[str]:
        return iter(list(dict.fromkeys(original(self, *args, **options))))

    return list_once


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
