"""Which request targets the gateway forwards, and as what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.gateway.request_target import forwarded_target, is_internal_path


@pytest.mark.parametrize(
    ("raw", "forwarded"),
    [
        ("/b%2Fc/k%20y?x=%2F&flag", "/b%2Fc/k%20y?x=%2F&flag"),
        ("//other.example/x", "//other.example/x"),
        ("http://other.example:7000/x?y=1", "/x?y=1"),
        ("http://other.example", "/"),
        ("*", "*"),
    ],
)
def test_the_host_of_a_target_is_never_used(raw: str, forwarded: str) -> None:
    assert forwarded_target(raw) == forwarded


@pytest.mark.parametrize(
    "raw",
    [
        "/_twin/topology",
        "/_twin",
        "/_twin/status?x=1",
        "//_twin/status",
        "/./_twin/status",
        "/x/../_twin/status",
        "/%5ftwin/status",
        "/%255Ftwin/status",
        "/%2e%2e/_twin%2fstatus",
        "http://127.140.0.2:7000/_twin/status",
    ],
)
def test_a_path_of_the_internal_api_is_recognized_in_every_spelling(raw: str) -> None:
    assert is_internal_path(raw)


@pytest.mark.parametrize("raw", ["/", "*", "", "/x/_twin", "/_twins/x", "/x?/_twin/y", "_twin:80"])
def test_other_paths_are_not(raw: str) -> None:
    assert not is_internal_path(raw)


@given(st.text(max_size=30))
def test_any_target_has_an_answer(raw: str) -> None:
    assert is_internal_path("/" + raw) in (True, False)


@given(st.sampled_from(["_twin/status", "_twin"]), st.integers(1, 4))
def test_percent_encoding_hides_nothing(path: str, times: int) -> None:
    raw = path
    for _ in range(times):
        raw = "".join(f"%{ord(char):02x}" for char in raw)
        if len(raw) > 2000:
            break

    assert is_internal_path("/" + raw)
