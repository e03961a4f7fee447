"""Requests as bytes, answers from bytes in any pieces."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.probe.http import (
    MAX_BODY,
    MAX_HEAD,
    BadResponse,
    ProbeResponse,
    ResponseReader,
    build_http_request,
)

PLAIN = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nX-Served-Region: us-west-2\r\n"
    b"Content-Length: 5\r\nConnection: keep-alive\r\n\r\nhello"
)
CHUNKED = (
    b"HTTP/1.1 503 Service Unavailable\r\nx-served-region:eu-central-1 \r\n"
    b"Transfer-Encoding: chunked\r\n\r\n"
    b"5;note=x\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\nTrailer: y\r\n\r\n"
)


def read(data: bytes, cuts: tuple[int, ...] = ()) -> ProbeResponse | None:
    """Feed the bytes, cut at these places; the last thing that the reader said."""
    reader, answer = ResponseReader(), None
    edges = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    for start, end in pairwise(edges):
        if start < end:
            assert answer is None, "complete before its end"
            answer = reader.feed(data[start:end])
    return answer


def test_requests_byte_for_byte() -> None:
    assert build_http_request("GET", "/get/x", host="h:8080", keep=True) == (
        b"GET /get/x HTTP/1.1\r\nHost: h:8080\r\nUser-Agent: muster-probe\r\nAccept: */*\r\n"
        b"Connection: keep-alive\r\n\r\n"
    )
    assert build_http_request("POST", "/create", host="h", keep=False, body=b"{}") == (
        b"POST /create HTTP/1.1\r\nHost: h\r\nUser-Agent: muster-probe\r\nAccept: */*\r\n"
        b"Connection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )


@given(st.lists(st.integers(0, 300), max_size=12))
def test_an_answer_with_a_length_in_any_pieces(cuts: list[int]) -> None:
    assert read(PLAIN, tuple(cuts)) == ProbeResponse(200, "us-west-2", len(PLAIN), reusable=True)


@given(st.lists(st.integers(0, 300), max_size=12))
def test_a_chunked_answer_in_any_pieces(cuts: list[int]) -> None:
    assert read(CHUNKED, tuple(cuts)) == ProbeResponse(
        503, "eu-central-1", len(CHUNKED), reusable=True
    )


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    reader = ResponseReader()

    assert reader.feed(b"HTTP/1.0 200 OK\r\n\r\nhel") is None
    assert reader.feed(b"lo") is None
    assert reader.close() == ProbeResponse(200, None, 24, reusable=False)


@pytest.mark.parametrize("cut", [0, 10, 60, len(PLAIN) - 1])
def test_a_cut_answer_is_no_answer(cut: int) -> None:
    reader = ResponseReader()
    if cut:
        assert reader.feed(PLAIN[:cut]) is None

    assert reader.close() is None


def test_a_cut_chunked_answer_is_no_answer() -> None:
    reader = ResponseReader()
    reader.feed(CHUNKED[:-2])

    assert reader.close() is None


def test_an_interim_answer_is_skipped() -> None:
    answer = read(b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN)

    assert answer is not None
    assert answer.status == 200


def test_an_answer_without_a_body_is_complete_with_its_head() -> None:
    assert read(b"HTTP/1.1 204 No Content\r\n\r\n") == ProbeResponse(204, None, 27, reusable=True)


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.replace(b"keep-alive", b"close"),
        PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"),
        PLAIN + b"surplus",
    ],
)
def test_a_connection_that_will_close_or_says_too_much_is_not_used_again(data: bytes) -> None:
    answer = read(data)

    assert answer is not None
    assert not answer.reusable


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"x" * (MAX_HEAD + 1),
    ],
)
def test_what_is_not_an_answer_is_refused(data: bytes) -> None:
    with pytest.raises(BadResponse):
        ResponseReader().feed(data)


def test_an_endless_body_is_refused() -> None:
    reader = ResponseReader()
    reader.feed(b"HTTP/1.1 200 OK\r\n\r\n")
    reader.feed(b"x" * MAX_BODY)

    with pytest.raises(BadResponse, match="longer than"):
        reader.feed(b"x" * MAX_HEAD)


@given(st.binary(max_size=200))
def test_no_bytes_make_the_reader_stumble(data: bytes) -> None:
    reader = ResponseReader()
    try:
        reader.feed(data)
    except BadResponse:
        return
    reader.close()
