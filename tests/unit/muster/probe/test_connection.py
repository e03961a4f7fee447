"""Socket errors, and requests and responses as bytes."""

import errno
import ssl
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muster.measure.samples import RequestOutcome
from muster.probe.connection import (
    MAX_BODY,
    MAX_HEAD,
    BadResponse,
    HttpExchange,
    HttpRequest,
    ProbeResponse,
    classify_socket_error,
)


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "x"), RequestOutcome.REFUSED),
        (ConnectionResetError(errno.ECONNRESET, "x"), RequestOutcome.RESET),
        (BrokenPipeError(errno.EPIPE, "x"), RequestOutcome.RESET),
        (ConnectionAbortedError("TLS handshake took too long"), RequestOutcome.RESET),
        (OSError(errno.ETIMEDOUT, "x"), RequestOutcome.CONNECT_TIMEOUT),
        (ssl.SSLCertVerificationError("x"), RequestOutcome.TLS),
        (OSError(errno.EHOSTUNREACH, "x"), RequestOutcome.UNREACHABLE),
        (OSError(errno.ENETUNREACH, "x"), RequestOutcome.UNREACHABLE),
        (OSError(errno.EMFILE, "x"), RequestOutcome.LOST),
        (OSError(errno.EADDRNOTAVAIL, "x"), RequestOutcome.LOST),
        (OSError("no number"), RequestOutcome.UNREACHABLE),
    ],
)
def test_a_socket_error_has_its_outcome(error: OSError, outcome: RequestOutcome) -> None:
    assert classify_socket_error(error) is outcome


@pytest.mark.parametrize("number", sorted(errno.errorcode))
def test_every_error_number_has_an_outcome_that_is_no_success(number: int) -> None:
    assert classify_socket_error(OSError(number, "x")) not in (
        RequestOutcome.OK,
        RequestOutcome.ABSENT,
        RequestOutcome.STATUS,
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


def begin_exchange() -> HttpExchange:
    """A GET that asks to keep the connection, sent."""
    return HttpExchange(HttpRequest.make("GET", "/", host="h", keep=True))


def receive(data: bytes, cuts: tuple[int, ...] = ()) -> ProbeResponse | None:
    """Receive the bytes, cut at these places; the response if it is complete."""
    exchange, response = begin_exchange(), None
    edges = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    for start, end in pairwise(edges):
        if start < end:
            assert response is None, "complete before its end"
            response = exchange.receive(data[start:end])
    return response


def request_bytes(method: str, path: str, *, host: str, keep: bool, body: bytes = b"") -> bytes:
    return HttpExchange(
        HttpRequest.make(method, path, host=host, keep=keep, body=body)
    ).request_bytes


def test_requests_byte_for_byte() -> None:
    assert request_bytes("GET", "/get/x", host="h:8080", keep=True) == (
        b"GET /get/x HTTP/1.1\r\nHost: h:8080\r\nUser-Agent: muster-probe\r\nAccept: */*\r\n"
        b"Connection: keep-alive\r\n\r\n"
    )
    assert request_bytes("POST", "/create", host="h", keep=False, body=b"{}") == (
        b"POST /create HTTP/1.1\r\nHost: h\r\nUser-Agent: muster-probe\r\nAccept: */*\r\n"
        b"Connection: close\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    )


@given(st.lists(st.integers(0, 300), max_size=12))
def test_a_response_with_a_length_in_any_pieces(cuts: list[int]) -> None:
    assert receive(PLAIN, tuple(cuts)) == ProbeResponse(200, "us-west-2", len(PLAIN), reusable=True)


@given(st.lists(st.integers(0, 300), max_size=12))
def test_a_chunked_response_in_any_pieces(cuts: list[int]) -> None:
    assert receive(CHUNKED, tuple(cuts)) == ProbeResponse(
        503, "eu-central-1", len(CHUNKED), reusable=True
    )


def test_a_response_without_a_length_ends_with_the_connection() -> None:
    exchange = begin_exchange()

    assert exchange.receive(b"HTTP/1.0 200 OK\r\n\r\nhel") is None
    assert exchange.receive(b"lo") is None
    assert exchange.receive_end() == ProbeResponse(200, None, 24, reusable=False)


@pytest.mark.parametrize("cut", [0, 10, 60, len(PLAIN) - 1])
def test_a_truncated_response_is_no_response(cut: int) -> None:
    exchange = begin_exchange()
    if cut:
        assert exchange.receive(PLAIN[:cut]) is None

    assert exchange.receive_end() is None


def test_a_truncated_chunked_response_is_no_response() -> None:
    exchange = begin_exchange()
    exchange.receive(CHUNKED[:-2])

    assert exchange.receive_end() is None


def test_an_interim_response_is_skipped() -> None:
    response = receive(b"HTTP/1.1 100 Continue\r\n\r\n" + PLAIN)

    assert response is not None
    assert response.status == 200


def test_a_response_without_a_body_is_complete_with_its_head() -> None:
    assert receive(b"HTTP/1.1 204 No Content\r\n\r\n") == ProbeResponse(
        204, None, 27, reusable=True
    )


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.replace(b"keep-alive", b"close"),
        PLAIN.replace(b"HTTP/1.1", b"HTTP/1.0"),
        PLAIN + b"surplus",
    ],
)
def test_a_connection_that_will_close_or_has_surplus_bytes_is_not_reused(data: bytes) -> None:
    response = receive(data)

    assert response is not None
    assert not response.reusable


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
def test_bytes_that_are_not_a_response_are_refused(data: bytes) -> None:
    with pytest.raises(BadResponse):
        begin_exchange().receive(data)


def test_an_endless_body_is_refused() -> None:
    exchange = begin_exchange()
    exchange.receive(b"HTTP/1.1 200 OK\r\n\r\n")
    exchange.receive(b"x" * MAX_BODY)

    with pytest.raises(BadResponse, match="longer than"):
        exchange.receive(b"x" * MAX_HEAD)


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    exchange = begin_exchange()
    try:
        exchange.receive(data)
    except BadResponse:
        return
    exchange.receive_end()
