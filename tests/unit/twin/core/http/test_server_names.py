"""Certificates by the name that a client asks for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.core.http.server_names import find_by_name, index_names, matches_name
from twin.topology.model import Certificate

LABEL = st.from_regex(r"[a-z]{1,3}", fullmatch=True)
NAME = st.lists(LABEL, min_size=1, max_size=4).map(".".join)


def certificate(*names: str) -> Certificate:
    return Certificate(arn=names[0], names=names, pem_sha256="")


WILDCARD = certificate("*.muster.test")
EXACT = certificate("api.muster.test", "muster.test")


@pytest.mark.parametrize(
    ("requested", "found"),
    [
        ("api.muster.test", EXACT),
        ("API.Muster.TEST.", EXACT),
        ("muster.test", EXACT),
        ("www.muster.test", WILDCARD),
        ("a.www.muster.test", None),
        ("*.muster.test", WILDCARD),
        ("test", None),
        ("", None),
    ],
)
def test_an_exact_name_wins_over_a_wildcard_of_one_label(
    requested: str, found: Certificate | None
) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/acm-certificate-characteristics.html."""
    by_name = index_names((WILDCARD, EXACT))

    assert find_by_name(by_name, requested) == found


def test_the_first_certificate_of_a_name_is_taken() -> None:
    first, second = certificate("a.test"), certificate("a.test", "b.test")

    by_name = index_names((first, second))

    assert find_by_name(by_name, "a.test") is first
    assert find_by_name(by_name, "b.test") is second


@given(st.lists(NAME, max_size=4), NAME)
def test_a_found_certificate_covers_the_name(names: list[str], requested: str) -> None:
    certificates = [certificate(name) for name in names]

    found = find_by_name(index_names(certificates), requested)

    covered = any(matches_name(name, requested) for name in names)
    assert (found is not None) == covered
    assert found is None or any(matches_name(name, requested) for name in found.names)
