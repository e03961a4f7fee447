"""Pulumi's own kinds of values: what is in them, and what is not known yet."""

import pytest

from twin.provider.values import (
    UNKNOWN,
    Output,
    ResourceReference,
    Secret,
    Value,
    has_unknown,
    is_empty,
    unwrap_value,
)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Secret("hunter2"), "hunter2"),
        (Output(value=Secret([1]), secret=True), [1]),
        ({"a": [Secret(1), {"b": Output(value=2)}]}, {"a": [1, {"b": 2}]}),
        (ResourceReference(urn="urn:x", id=Output(value="vpc-1")), "vpc-1"),
        (ResourceReference(urn="urn:x"), "urn:x"),
        (Output(), UNKNOWN),
        ("text", "text"),
    ],
)
def test_wrapped_values_are_unwrapped_at_any_depth(value: Value, plain: Value) -> None:
    assert unwrap_value(value) == plain


@pytest.mark.parametrize("value", [UNKNOWN, Output(), Secret(UNKNOWN), {"a": [1, {"b": UNKNOWN}]}])
def test_an_unknown_value_is_found_at_any_depth(value: Value) -> None:
    assert has_unknown(value)


@pytest.mark.parametrize("value", [None, "", 0, {"a": [Secret(1)]}, Output(value="x")])
def test_known_values_have_no_unknown_one(value: Value) -> None:
    assert not has_unknown(value)


def test_a_secret_is_not_displayed() -> None:
    assert "hunter2" not in repr({"password": Secret("hunter2")})


@pytest.mark.parametrize("value", [None, "", [], {}, False])
def test_what_aws_does_not_tell_from_absence_is_empty(value: Value) -> None:
    assert is_empty(value)


@pytest.mark.parametrize("value", [0, 0.0, "0", [0], True])
def test_zero_and_everything_else_is_a_value(value: Value) -> None:
    assert not is_empty(value)
