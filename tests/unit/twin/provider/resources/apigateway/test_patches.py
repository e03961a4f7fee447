"""Patch operations of the provider, and names of parts."""

from twin.provider.resources.apigateway.patches import child_of, map_operations, names_of, to_text
from twin.provider.schema.resource_type import ResourceRef

NAMES = {"restApi": "restApiId", "path": "methodPath"}


def test_entries_of_an_object_are_removed_added_and_replaced() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html"""
    found = map_operations(
        "/v", {"a": "1", "b": "2", "c/~": "3"}, {"b": "2", "c/~": "4", "d": True}
    )

    assert list(found) == [
        {"op": "remove", "path": "/v/a"},
        {"op": "replace", "path": "/v/c~1~0", "value": "4"},
        {"op": "add", "path": "/v/d", "value": "true"},
    ]


def test_a_missing_value_is_an_empty_text() -> None:
    assert [to_text(value) for value in (None, False, 1.5)] == ["", "false", "1.5"]


def test_a_part_is_named_by_its_arguments_or_by_an_import() -> None:
    made = ResourceRef(id="agm-a-b", properties={"restApi": "a", "path": "*/*"})
    imported = ResourceRef(id="a/*/*", properties={})

    assert names_of(made, NAMES) == {"restApiId": "a", "methodPath": "*/*"}
    assert names_of(imported, NAMES) == {"restApiId": "a", "methodPath": "*/*"}


def test_a_part_with_an_id_of_its_own_has_its_parent_in_an_argument_or_in_an_import() -> None:
    of_part = child_of("restApi", "restApiId", "resourceId")
    made = ResourceRef(id="r", properties={"restApi": "a"})
    imported = ResourceRef(id="a/r", properties={})

    assert of_part(made) == of_part(imported) == {"restApiId": "a", "resourceId": "r"}
