"""Domain names as the API takes and shows them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.control.route53.names import (
    InvalidName,
    is_within,
    normalize_name,
    order_of_name,
)
from twin.core.dns.names import parse_domain_name


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("KV.Example.TEST", "kv.example.test."),
        ("kv.example.test.", "kv.example.test."),
        ("*.example.test", "\\052.example.test."),
        ("\\052.example.test", "\\052.example.test."),
        ("a b@c._x-1.test", "a\\040b\\100c._x-1.test."),
        ("\\101.test", "a.test."),
        (".", "."),
    ],
)
def test_names_are_shown_in_lower_case_and_octal(given_name: str, shown: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html"""
    assert normalize_name(given_name) == shown


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a..test", "DomainLabelEmpty"),
        ("", "DomainLabelEmpty"),
        (f"{'a' * 64}.test", "DomainLabelTooLong"),
        (".".join(["a" * 60] * 5), "DomainTooLong"),
        ("bücher.test", "UnsupportedCharacter"),
        ("a\\9.test", "UnsupportedCharacter"),
        ("a\n.test", "UnsupportedCharacter"),
    ],
)
def test_a_text_that_is_no_name_is_refused(text: str, problem: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html"""
    with pytest.raises(InvalidName, match=rf"FATAL problem: {problem} \(.*\) encountered with"):
        normalize_name(text)


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=4))
def test_any_bytes_have_a_name_that_is_read_as_they_are(labels: list[bytes]) -> None:
    text = ".".join("".join(f"\\{byte:03o}" for byte in label) for label in labels)

    shown = normalize_name(text)

    assert parse_domain_name(shown) == tuple(label.lower() for label in labels)
    assert normalize_name(shown) == shown


def test_names_are_ordered_by_reversed_labels_with_the_final_dot() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListResourceRecordSets.html"""
    names = ["www.b.test.", "b.test.", "b-c.test.", "\\052.b.test.", "a.test."]

    assert sorted(names, key=order_of_name) == [
        "a.test.",
        "b-c.test.",
        "b.test.",
        "\\052.b.test.",
        "www.b.test.",
    ]


def test_a_name_is_within_its_own_zone_and_those_above() -> None:
    assert is_within("a.b.test.", "b.test.")
    assert is_within("b.test.", "b.test.")
    assert not is_within("ab.test.", "b.test.")
