"""Reading typed values from a flat mapping."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.configuration.reader import ConfigurationReader


def reader(**values: str) -> ConfigurationReader:
    return ConfigurationReader({f"muster:{name}": text for name, text in values.items()}, "muster")


def problem_texts(reader: ConfigurationReader) -> list[str]:
    return [str(problem) for problem in reader.problems]


def test_a_key_that_is_not_set_has_its_default() -> None:
    empty = reader()

    assert empty.text("a", "b") == "b"
    assert empty.choice("a", ("x", "y"), "y") == "y"
    assert empty.flag("a", default=True)
    assert empty.integer("a", (1, 9), 5) == 5
    assert empty.texts("a") == ()
    assert empty.table("a") == {}
    assert problem_texts(empty) == []


def test_a_key_without_a_default_must_be_set() -> None:
    empty = reader(b="")

    empty.text("a")
    empty.text("b")
    assert empty.choice("c", ("x", "y")) == "x"

    assert problem_texts(empty) == [f"muster:{name}: must be set" for name in "abc"]


@pytest.mark.parametrize("text", ["0", "10", "x", "", "1.5", "1e3", "ten"])
def test_a_number_out_of_its_range_is_refused_with_key_value_and_rule(text: str) -> None:
    given_ = reader(port=text)

    assert given_.integer("port", (1, 9), 5) == 5
    shown = f" = {text}" if text else ""
    assert problem_texts(given_) == [f"muster:port{shown}: must be a whole number from 1 to 9"]


@given(st.integers(1, 9))
def test_a_number_in_its_range_is_read(number: int) -> None:
    given_ = reader(port=str(number))

    assert given_.integer("port", (1, 9), 5) == number
    assert problem_texts(given_) == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("[1]", "must be a list of strings"),
        ('{"a": "b"}', "must be a list of strings"),
        ("a,b", "must be JSON"),
    ],
)
def test_an_invalid_list_is_refused(text: str, rule: str) -> None:
    given_ = reader(regions=text)

    assert given_.texts("regions") == ()
    assert problem_texts(given_) == [f"muster:regions = {text}: {rule}"]


def test_an_object_with_wrong_values_keeps_the_right_ones() -> None:
    given_ = reader(tags='{"a": "b", "c": 1}')

    assert given_.text_table("tags") == {"a": "b"}
    assert problem_texts(given_) == ['muster:tags = {"a": "b", "c": 1}: c must be a string']


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_a_flag_is_true_or_false(text: str, value: bool) -> None:
    assert reader(protect=text).flag("protect", default=not value) is value


def test_any_other_flag_is_refused() -> None:
    given_ = reader(protect="yes")

    assert given_.flag("protect", default=False) is False
    assert problem_texts(given_) == ["muster:protect = yes: must be one of true, false"]


def test_a_key_that_was_not_read_is_refused() -> None:
    given_ = ConfigurationReader(
        {"muster:dail": "3", "muster:dial": "4", "aws:region": "x"}, "muster"
    )

    given_.text("dial")
    given_.refuse_unread_keys()

    assert problem_texts(given_) == ["muster:dail = 3: no such key; there are dial"]
