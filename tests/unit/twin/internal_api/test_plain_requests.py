"""Plain requests: what is one, and that others are left to aiohttp."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.internal_api.plain_requests import (
    MAX_BODY_BYTES,
    MAX_HEAD_BYTES,
    PlainHead,
    encode_response,
    read_head,
)

HEAD = (
    b"POST / HTTP/1.1\r\nHost: 127.0.0.1:4566\r\nAccept-Encoding: identity\r\n"
    b"X-Amz-Target: DynamoDB_20120810.GetItem\r\nContent-Length: 2\r\n"
)
WHOLE = HEAD + b"\r\n"


def changed(old: bytes, new: bytes) -> bytes:
    assert WHOLE.count(old) == 1
    return WHOLE.replace(old, new)


def test_a_call_of_an_sdk_is_plain() -> None:
    head = read_head(WHOLE + b"{}")

    assert isinstance(head, PlainHead)
    assert head.text == WHOLE
    assert head.headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert (head.body_bytes, head.total_bytes) == (2, len(WHOLE) + 2)


@given(st.integers(min_value=0, max_value=len(WHOLE) - 1))
def test_a_part_of_a_head_is_waited_for(length: int) -> None:
    assert read_head(WHOLE[:length]) is True


@pytest.mark.parametrize("value", ["keep-alive", "Keep-Alive"])
def test_a_kept_connection_is_nobody_elses_matter(value: str) -> None:
    """https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1"""
    head = read_head(HEAD + f"connection: {value}\r\n\r\n".encode())

    assert isinstance(head, PlainHead)
    assert head.without_connection() == WHOLE


@pytest.mark.parametrize(
    "text",
    [
        changed(b"POST /", b"GET /"),
        changed(b"POST / ", b"POST /_twin/topology "),
        changed(b"POST / ", b"POST /?x=1 "),
        changed(b"POST / ", b"POST  / "),
        changed(b"HTTP/1.1", b"HTTP/1.0"),
        changed(b"Content-Length: 2\r\n", b""),
        changed(b"Length: 2", b"Length: +2"),
        changed(b"Length: 2", b"Length: 2, 2"),
        changed(b"Length: 2", b"Length: 0x2"),
        changed(b"Length: 2", f"Length: {MAX_BODY_BYTES + 1}".encode()),
        changed(b"Length: 2", b"Length: 00000000002"),
        changed(b"Content-Length: 2", b"Content-Length : 2"),
        changed(b"Content-Length: 2", b"Content-Length:2"),
        changed(b"Content-Length: 2", b"Content-Length: 2\r\ncontent-length: 2"),
        changed(b"Content-Length: 2", b"Content-Length: 2 "),
        changed(b"Content-Length: 2", b"Content-Length: 2\r\nTransfer-Encoding: chunked"),
        changed(b"127.0.0.1:4566", b"other.example"),
        changed(b"Host: 127.0.0.1:4566\r\n", b""),
        changed(b"127.0.0.1:4566\r\n", b"127.0.0.1:4566\r\nHost: localhost\r\n"),
        changed(b"identity", b"identity\r\n folded"),
        changed(b"identity", b"a\0b"),
        changed(b"identity", b"a\tb"),
        changed(b"identity", b"\xe4"),
        changed(b"identity", b"a\nX: b"),
        changed(b"identity", b"a\rX: b"),
        changed(b"identity", b""),
        changed(b"Accept-Encoding", b"Accept Encoding"),
        changed(b"identity", b"a" * MAX_HEAD_BYTES),
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"\x16\x03\x01",
        b"\r\n",
        b"POST / HTTP/1.1\r\nX: " + b"a" * MAX_HEAD_BYTES,
        HEAD + b"X: a\r\n" * 2 + b"\r\n",
        HEAD + b"".join(b"X%d: a\r\n" % number for number in range(100)) + b"\r\n",
    ],
)
def test_a_request_that_could_be_read_otherwise_is_not_plain(text: bytes) -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-11.2"""
    assert read_head(text) is False


@pytest.mark.parametrize(
    "field",
    [
        "Connection: close",
        "Connection: Upgrade",
        "Connection: keep-alive, X-Amz-Target",
        "Content-Encoding: gzip",
        "Expect: 100-continue",
        "Keep-Alive: timeout=5",
        "Origin: http://localhost",
        "Proxy-Authorization: a",
        "Referer: http://localhost/",
        "Sec-Fetch-Site: none",
        "TE: trailers",
        "Trailer: X",
        "Upgrade: h2c",
    ],
)
def test_a_header_that_needs_a_decision_is_not_plain(field: str) -> None:
    assert read_head(HEAD + f"{field}\r\n\r\n".encode()) is False


def test_a_response_has_its_length() -> None:
    response = encode_response(400, {"X": "1"}, b"{}", "Thu, 01 Jan 1970 00:00:00 GMT")

    assert response == (
        b"HTTP/1.1 400 Bad Request\r\nX: 1\r\nContent-Length: 2\r\n"
        b"Date: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n{}"
    )
