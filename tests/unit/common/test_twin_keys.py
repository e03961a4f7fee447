"""The keys by which a caller says which twin it means."""

import base64
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from common.twin_keys import (
    UNSET_KEY,
    describe_twin_key,
    is_other_twins_key,
    is_twin_key,
    make_access_key,
    to_temporary_key,
)

HOMES = st.text("abc/", min_size=1).map(Path)
NUMBERS = st.integers(0, 19)
OWN = make_access_key(Path("/checkout/.twin"), 0)


@given(HOMES, NUMBERS)
def test_a_key_has_the_form_of_awss_keys_and_names_its_twin(home: Path, number: int) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_AccessKey.html"""
    key = make_access_key(home, number)

    assert re.fullmatch(r"\w{16,128}", key)
    assert key == make_access_key(home, number)
    assert is_twin_key(key)
    assert is_twin_key(to_temporary_key(key))
    assert describe_twin_key(key) == f"a twin of number {number}"


@given(HOMES, NUMBERS, HOMES, NUMBERS)
def test_two_twins_have_two_keys(one: Path, first: int, other: Path, second: int) -> None:
    same = (str(one), first) == (str(other), second)
    key, own = make_access_key(one, first), make_access_key(other, second)

    assert is_other_twins_key(key, own) is not same
    assert is_other_twins_key(to_temporary_key(key), own) is not same


@pytest.mark.parametrize("key", ["test", "", "AKIA", "AKIAIOSFODNN7EXAMPLE", "AKIATWIN"])
def test_other_keys_name_no_twin(key: str) -> None:
    assert not is_other_twins_key(key, OWN)


@given(st.binary(min_size=10, max_size=10), st.sampled_from(["AKIA", "ASIA"]))
def test_a_key_that_iam_makes_names_no_twin(random: bytes, prefix: str) -> None:
    key = prefix + base64.b32encode(random).decode()
    assert not is_twin_key(key)
    assert not is_twin_key(f"{prefix}TWIN{key[8:]}")


def test_the_key_of_a_stack_file_is_every_twins_foreign_one() -> None:
    assert is_other_twins_key(UNSET_KEY, OWN)
    assert describe_twin_key(UNSET_KEY) == "no twin in particular"
