"""Paths of URLs, as a server resolves them."""

import pytest

from twin.core.http.url_path import resolve_dots


@pytest.mark.parametrize(
    ("path", "segments"),
    [
        ("/", []),
        ("/a/b/c/./../../g", ["a", "g"]),
        ("mid/content=5/../6", ["mid", "6"]),
        ("/../../a", ["a"]),
        ("//a///b/", ["a", "b"]),
        ("/a/..", []),
        ("/..a/.b/...", ["..a", ".b", "..."]),
    ],
)
def test_dots_and_empty_segments_are_resolved(path: str, segments: list[str]) -> None:
    """https://www.rfc-editor.org/rfc/rfc3986#section-5.2.4"""
    assert resolve_dots(path) == segments
