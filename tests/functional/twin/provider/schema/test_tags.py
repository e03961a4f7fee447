"""Tags, on moto."""

import json
from collections.abc import Callable

from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion
from twin.provider.values import Properties


def test_default_tags_are_on_all_and_a_change_of_them_is_a_change(
    connect: Callable[[Properties], Driver],
) -> None:
    tagged = connect({"defaultTags": json.dumps({"tags": {"project": "muster", "a": "x"}})})
    args = {"name": "/tagged", "tags": {"a": "b"}}
    group = tagged.create("aws:cloudwatch/logGroup:LogGroup", "tagged", args)
    assert group.outputs["tags"] == {"a": "b"}
    assert group.outputs["tagsAll"] == {"a": "b", "project": "muster"}

    other = connect({"defaultTags": json.dumps({"tags": {"project": "other"}})})

    assert other.diff(group, args) == (["tagsAll.project"], [])
    refreshed = other.refresh(other.update(group, args))
    assert refreshed is not None
    assert refreshed.outputs["tagsAll"] == {"a": "b", "project": "other"}
    assert refreshed.inputs["tags"] == {"a": "b"}
    check_deletion(other, group)
