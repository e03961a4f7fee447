"""Reading of responses, as they come in pieces of any size.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
"""

import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.core.health_checks.http_response import MalformedResponse, ResponseReader


def read(wire: bytes, piece: int = 1 << 20, *, ended: bool = True) -> ResponseReader:
    reader = ResponseReader()
    for start in range(0, len(wire), piece):
        reader.feed(wire[start : start + piece])
    if ended:
        reader.end()
    return reader


def response(body: bytes, *fields: str, status: str = "200 OK") -> bytes:
    head = "\r\n".join((f"HTTP/1.1 {status}", *fields, "", ""))
    return head.encode("latin-1") + body


def chunked(body: bytes, size: int = 7) -> bytes:
    chunks = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x;x=y\r\n%s\r\n" % (len(c), c) for c in chunks) + b"0\r\n\r\n"


def raw_deflate(body: bytes) -> bytes:
    stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return stream.compress(body) + stream.flush()


@pytest.mark.parametrize("piece", [1, 3, 1 << 20])
@pytest.mark.parametrize(
    "wire",
    [
        response(b"a fine day", "Content-Length: 10"),
        response(b"a fine day and more", "Content-Length: 10"),
        response(b"a fine day"),
        response(chunked(b"a fine day"), "Transfer-Encoding: chunked"),
        response(gzip.compress(b"a fine day", mtime=0), "Content-Encoding: gzip"),
        response(chunked(gzip.compress(b"a fine day", mtime=0)), "Content-Encoding: x-gzip",
                 "Transfer-Encoding: chunked"),
        response(zlib.compress(b"a fine day"), "Content-Encoding: deflate"),
        response(raw_deflate(b"a fine day"), "Content-Encoding: deflate"),
    ],
)  # fmt: skip
def test_a_body_is_read_in_each_form(wire: bytes, piece: int) -> None:
    reader = read(wire, piece)
    assert reader.head is not None
    assert reader.head.status == 200
    assert reader.body == b"a fine day"


@given(st.binary(max_size=300), st.integers(1, 40), st.integers(1, 40))
def test_the_cut_into_pieces_and_chunks_changes_nothing(
    body: bytes, piece: int, chunk: int
) -> None:
    packed = response(chunked(gzip.compress(body), chunk), "Transfer-Encoding: chunked",
                      "Content-Encoding: gzip")  # fmt: skip
    assert read(packed, piece).body == body


def test_the_first_5120_bytes_are_known_before_the_response_is_over() -> None:
    for piece in (1000, 1 << 20):
        reader = read(response(b"x" * 6000, "Content-Length: 99999999"), piece, ended=False)
        assert reader.is_body_known
        assert reader.body == b"x" * 5120


def test_a_small_body_that_unpacks_to_gigabytes_costs_5120_bytes() -> None:
    reader = read(response(gzip.compress(bytes(10_000_000)), "Content-Encoding: gzip"))
    assert reader.body == bytes(5120)


def test_a_body_of_known_length_is_known_before_the_connection_ends() -> None:
    assert read(response(b"fine", "Content-Length: 4"), ended=False).is_body_known
    assert read(response(b"", "Content-Length: 0"), ended=False).is_body_known
    assert read(response(b"fine", f"Content-Length: {'0' * 5000}4"), ended=False).is_body_known
    assert not read(response(b"a", f"Content-Length: {'9' * 5000}"), ended=False).is_body_known
    assert read(response(b"", status="204 No Content"), ended=False).is_body_known
    assert not read(response(b"fine"), ended=False).is_body_known


def test_an_unknown_compression_is_left_as_it_is() -> None:
    assert read(response(b"packed", "Content-Encoding: br")).body == b"packed"


def test_interim_responses_are_passed_over() -> None:
    reader = read(b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n" + response(b"fine"))
    assert reader.head is not None
    assert reader.head.status == 200


def test_headers_of_16384_bytes_are_read_and_longer_ones_fail() -> None:
    frame = len(response(b"", "X: "))
    assert read(response(b"", "X: " + "y" * (16_384 - frame))).head is not None
    with pytest.raises(MalformedResponse, match="16,384"):
        read(response(b"", "X: " + "y" * (16_385 - frame)))
    with pytest.raises(MalformedResponse, match="16,384"):
        read(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000, ended=False)
    with pytest.raises(MalformedResponse, match="16,384"):
        read(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 3000, ended=False)


@pytest.mark.parametrize(
    "wire",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 20\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nName with space: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX: \x00\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nX:" + b" " * 16_000 + b"\x00\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nplain text",
        b"",
        b"HTTP/1.1 200 OK\r\nX: y",
    ],
)
def test_what_breaks_the_format_fails_the_check(wire: bytes) -> None:
    with pytest.raises(MalformedResponse):
        read(wire)


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\n\r\n",
    ],
)
@given(tail=st.binary(max_size=200))
def test_no_bytes_do_more_than_fail_the_check(start: bytes, tail: bytes) -> None:
    try:
        reader = read(start + tail, 5)
    except MalformedResponse:
        return
    assert reader.head is not None
