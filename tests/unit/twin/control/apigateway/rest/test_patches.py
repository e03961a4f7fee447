"""Patch operations, by what AWS has answered to the same calls.

https://github.com/localstack/localstack/blob/main/tests/aws/services/apigateway/test_apigateway_api.snapshot.json
"""

from dataclasses import dataclass, field
from typing import Any

import pytest

from twin.control.apigateway.rest.patches import (
    Rule,
    apply_patches,
    choice,
    entries,
    text,
    unserved_setting,
)
from twin.control.document_service import CallRefused


@dataclass(frozen=True)
class Thing:
    name: str = ""
    kind: str = ""
    labels: dict[str, str] = field(default_factory=dict)


RULES: tuple[Rule[Any], ...] = (
    text("/name", "name"),
    choice("/kind", "kind", ("a", "b"), "kind"),
    unserved_setting("/cache", "caches (/cache)", ("", "false")),
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


def test_a_choice_takes_what_is_allowed() -> None:
    assert patched("replace", "/kind", "b") == Thing(kind="b")
    with pytest.raises(CallRefused) as caught:
        patched("replace", "/kind", "c")

    assert caught.value.message == "Invalid kind. Must be one of: [a, b]"


@pytest.mark.parametrize(
    ("op", "value"), [("replace", "false"), ("add", None), ("remove", None), ("remove", "x")]
)
def test_an_unserved_setting_may_stay_unset(op: str, value: str | None) -> None:
    assert patched(op, "/cache", value) == Thing()


def test_an_unserved_setting_is_refused() -> None:
    with pytest.raises(CallRefused) as caught:
        patched("replace", "/cache", "true")

    assert (caught.value.code, caught.value.status) == ("NotImplemented", 501)


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
