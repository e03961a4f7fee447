"""Patch operations of the provider, and names of parts."""

import pytest

from tests.unit.twin.provider.fakes import FakeAws, make_context
from twin.provider.errors import ProviderError
from twin.provider.resources.apigateway.patches import (
    child_of,
    find_child,
    find_part,
    map_operations,
    names_of,
    to_text,
)
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


def test_a_part_with_an_id_of_its_own_has_its_parent_in_an_argument() -> None:
    made = ResourceRef(id="r", properties={"restApi": "a"})

    found = child_of("restApi", "restApiId", "resourceId")(made)

    assert found == {"restApiId": "a", "resourceId": "r"}


def test_an_imported_part_gets_the_id_of_a_made_one() -> None:
    context = make_context(FakeAws(), "apigateway")
    child, part = find_child("restApi", "resourceId"), find_part(NAMES, lambda new: f"p-{new}")

    found = child(context, ResourceRef(id="a/r", properties={}))
    other = part(context, ResourceRef(id="a/*/*", properties={}))

    assert found == ResourceRef(id="r", properties={"restApi": "a"})
    assert other.id == "p-{'restApi': 'a', 'path': '*/*'}"
    assert child(context, found) == found


@pytest.mark.parametrize("identity", ["a", "a/", "/r", ""])
def test_an_imported_part_without_its_parent_is_refused_with_the_form(identity: str) -> None:
    context = make_context(FakeAws(), "apigateway")
    ref = ResourceRef(id=identity, properties={})

    with pytest.raises(ProviderError, match="expected restApi/resourceId"):
        find_child("restApi", "resourceId")(context, ref)
    with pytest.raises(ProviderError, match="expected restApi/path"):
        find_part(NAMES, str)(context, ref)
