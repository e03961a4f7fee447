"""Names made for resources."""

import re

import pytest

from twin.provider.operations.check import NameTooLong, NamingMode, NamingRequest, generate_name


def test_a_name_is_the_logical_one_and_seven_hex_digits() -> None:
    made = generate_name(NamingRequest(logical_name="web", seed=b"1"), 32)

    assert made is not None
    assert re.fullmatch(r"web-[0-9a-f]{7}", made)
    assert made == generate_name(NamingRequest(logical_name="web", seed=b"1"), 32)
    assert made != generate_name(NamingRequest(logical_name="web", seed=b"2"), 32)


def test_without_a_seed_names_are_random() -> None:
    names = {generate_name(NamingRequest(logical_name="web"), 32) for _ in range(8)}

    assert len(names) == 8


def test_a_name_that_is_too_long_is_refused_with_its_length() -> None:
    with pytest.raises(NameTooLong, match="has 38 characters, at most 32"):
        generate_name(NamingRequest(logical_name="x" * 30), 32)


@pytest.mark.parametrize("mode", [NamingMode.PROPOSE, NamingMode.ENFORCE])
def test_a_proposed_name_is_used(mode: NamingMode) -> None:
    assert generate_name(NamingRequest(logical_name="a", mode=mode, proposed="b"), 32) == "b"


def test_disabled_autonaming_gives_no_name() -> None:
    assert generate_name(NamingRequest(logical_name="a", mode=NamingMode.DISABLE), 32) is None
