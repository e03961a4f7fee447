"""Patch operations, by what AWS has answered to the same calls.

https://github.com/localstack/localstack/blob/main/tests/aws/services/apigateway/test_apigateway_api.snapshot.json
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from twin.control.apigateway.rest.patches import Rule, apply_patches, entries, text
from twin.control.document_service import CallRefused


@dataclass(frozen=True)
class Thing:
    name: str = ""
    labels: dict[str, str] = field(default_factory=dict)


RULES: tuple[Rule[Any], ...] = (
    text("/name", "name"),
    entries("/labels", "labels", lambda name, patch: f"{name}={patch.value}"),
)


def patched(op: str, path: str, value: str | None = None, thing: Thing | None = None) -> Thing:
    operation = {"op": op, "path": path, "value": value}
    return apply_patches(thing or Thing(), {"patchOperations": [operation]}, RULES)


def test_texts_are_replaced_and_entries_come_and_go() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html"""
    assert patched("replace", "/name", "a") == Thing(name="a")
    labelled = patched("add", "/labels/a~1b~01", "c")
    assert labelled.labels == {"a/b~1": "a/b~1=c"}
    assert patched("remove", "/labels/a~1b~01", thing=labelled) == Thing()


@pytest.mark.parametrize("path", ["/labels", "/labels/a/b", "/other", "", "name"])
def test_another_path_is_refused(path: str) -> None:
    with pytest.raises(CallRefused) as caught:
        patched("replace", path, "x")

    assert caught.value.message == f"Invalid patch path {path}"


@pytest.mark.parametrize("op", ["add", "remove", "copy", "test", ""])
def test_another_operation_is_refused(op: str) -> None:
    with pytest.raises(CallRefused) as caught:
        patched(op, "/name", "x")

    assert caught.value.message == ("Invalid patch operation specified. Must be one of: [replace]")
