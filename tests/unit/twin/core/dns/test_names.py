"""Domain names as Route 53 compares them."""

from hypothesis import given
from hypothesis import strategies as st

from twin.core.dns.names import ancestors, parse_domain_name


def test_names_are_compared_in_lower_case_with_and_without_the_final_dot() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html"""
    assert parse_domain_name("KV.Example.TEST") == (b"kv", b"example", b"test")
    assert parse_domain_name("kv.example.test.") == (b"kv", b"example", b"test")


def test_other_characters_are_written_in_octal() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html"""
    assert parse_domain_name(r"\052.example.com.") == (b"*", b"example", b"com")
    assert parse_domain_name(r"a\056b.example.com.") == (b"a.b", b"example", b"com")
    assert parse_domain_name(r"\344.com") == (b"\xe4", b"com")


def test_an_escaped_dot_belongs_to_its_label() -> None:
    assert parse_domain_name(r"a\.b.com") == (b"a.b", b"com")


def test_the_root_has_no_labels() -> None:
    assert parse_domain_name(".") == ()
    assert parse_domain_name("") == ()


@given(st.lists(st.binary(min_size=1, max_size=8), max_size=4))
def test_every_label_can_be_written_in_octal(labels: list[bytes]) -> None:
    text = ".".join("".join(f"\\{byte:03o}" for byte in label) for label in labels)

    assert parse_domain_name(text) == tuple(label.lower() for label in labels)


@given(st.text(max_size=40))
def test_every_text_is_some_name(text: str) -> None:
    assert all(parse_domain_name(text))


def test_ancestors_begin_with_the_name_and_end_with_the_root() -> None:
    assert list(ancestors((b"a", b"b"))) == [(b"a", b"b"), (b"b",), ()]
