"""Requests from bytes: heads, their deviations, and where bodies end."""

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.core.http.messages import RequestRejected
from twin.region.http1.desync import DesyncReason
from twin.region.http1.http_request import (
    MAX_CHUNK_LINE_BYTES,
    MAX_TRAILER_BYTES,
    NoRequestFound,
    RequestBody,
    RequestHead,
    RequestLimits,
    find_head,
    parse_head,
)

LIMITS = RequestLimits(request_line=16384, header=16384, headers=65536, body=1048576)
"""Of load balancers."""
POST = b"POST / HTTP/1.1\r\nHost: x\r\n"


def parse(*lines: bytes) -> RequestHead:
    return parse_head(b"\r\n".join((*lines, b"", b"")))


def reason_of(*lines: bytes) -> DesyncReason:
    return parse(*lines).reason


def read_request(sent: bytes, cuts: tuple[int, ...] = ()) -> tuple[RequestHead, bytes, bytes]:
    """The head, the body, and what follows them, read in pieces that end at `cuts`."""
    buffer = bytearray()
    head: RequestHead | None = None
    body: RequestBody | None = None
    searched = 0
    for start, end in zip((0, *cuts), (*cuts, len(sent)), strict=True):
        buffer += sent[start:end]
        if head is None:
            length, searched = find_head(buffer, searched, LIMITS)
            if length < 0:
                continue
            head = parse_head(bytes(buffer[:length]))
            body = RequestBody(head, LIMITS)
            del buffer[:length]
        if body is not None and (data := body.take_from(buffer)) is not None:
            return head, data, bytes(buffer) + sent[end:]
    raise AssertionError(f"no whole request in {sent!r}")


# -- heads


def test_a_head_is_parsed() -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-2.1"""
    assert parse(b"GET /a%20b?c=d HTTP/1.1", b"Host: X", b"Accept:\t*/* ") == RequestHead(
        method="GET",
        target="/a%20b?c=d",
        version=(1, 1),
        headers=(("host", "X"), ("accept", "*/*")),
        reason=DesyncReason.COMPLIANT,
        content_length=0,
        is_chunked=False,
        keeps_alive=True,
        expects_continue=False,
    )


def test_text_of_utf8_and_other_bytes_are_kept() -> None:
    head = parse("GET /ü HTTP/1.1".encode(), b"Host: x", b"X: \xff")

    assert (head.target, head.headers[1]) == ("/ü", ("x", "\udcff"))
    assert head.reason is DesyncReason.COMPLIANT


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"GET /a b HTTP/1.1", DesyncReason.SPACE_IN_URI),
        (b"GET  / HTTP/1.1", DesyncReason.SPACE_IN_URI),
        (b"GET /\x01 HTTP/1.1", DesyncReason.AMBIGUOUS_URI),
        (b"GET /\x7f HTTP/1.1", DesyncReason.AMBIGUOUS_URI),
        (b"GET /\x00 HTTP/1.1", DesyncReason.BAD_URI),
        (b"GET /\r HTTP/1.1", DesyncReason.BAD_URI),
        (b"GET / HTTP/1.2", DesyncReason.NON_COMPLIANT_VERSION),
        (b"GET / HTTP/1.1 ", DesyncReason.NON_COMPLIANT_VERSION),
        (b"GET / HTTP/1.0", DesyncReason.COMPLIANT),
        (b"M-SEARCH * HTTP/1.1", DesyncReason.COMPLIANT),
    ],
)
def test_a_request_line_is_classified(line: bytes, reason: DesyncReason) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#classification-reasons"""
    assert reason_of(line, b"Host: x") is reason


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ([b"x-custom : 1"], DesyncReason.NON_COMPLIANT_HEADER),
        ([b"X Y: 1"], DesyncReason.NON_COMPLIANT_HEADER),
        ([b"X: a\x01b"], DesyncReason.NON_COMPLIANT_HEADER),
        (["Ü: 1".encode()], DesyncReason.NON_COMPLIANT_HEADER),
        ([b"Content_Length: 1"], DesyncReason.SUSPICIOUS_HEADER),
        ([b"Content-Length : 1"], DesyncReason.SUSPICIOUS_HEADER),
        ([b"\x01Transfer-Encoding: chunked"], DesyncReason.SUSPICIOUS_HEADER),
        ([b"X: a\x00b"], DesyncReason.BAD_HEADER),
        ([b"X: a\rb"], DesyncReason.BAD_HEADER),
        ([b"X\x00: b"], DesyncReason.BAD_HEADER),
        ([b": 1"], DesyncReason.EMPTY_HEADER),
        ([b"no colon"], DesyncReason.MISSING_HEADER_COLON),
        ([b"X: 1", b" 2"], DesyncReason.MULTILINE_HEADER),
        ([b"X: 1", b"\t2\x00"], DesyncReason.BAD_HEADER),
        ([b"Content-Type: a/b", b" ; c=d"], DesyncReason.COMPLIANT),
        ([b"X:"], DesyncReason.COMPLIANT),
    ],
)
def test_a_header_is_classified(lines: list[bytes], reason: DesyncReason) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#classification-reasons"""
    assert reason_of(b"POST / HTTP/1.1", b"Host: x", *lines) is reason


@pytest.mark.parametrize(
    ("line", "lines", "reason"),
    [
        (b"GET / HTTP/1.1", [b"Content-Length: 0"], DesyncReason.GET_HEAD_ZERO_CONTENT_LENGTH),
        (
            b"HEAD / HTTP/1.1",
            [b"Content-Length: 1"],
            DesyncReason.UNDEFINED_CONTENT_LENGTH_SEMANTICS,
        ),
        (
            b"GET / HTTP/1.1",
            [b"Transfer-Encoding: chunked"],
            DesyncReason.UNDEFINED_TRANSFER_ENCODING_SEMANTICS,
        ),
        (
            b"POST / HTTP/1.0",
            [b"Transfer-Encoding: chunked"],
            DesyncReason.UNDEFINED_TRANSFER_ENCODING_SEMANTICS,
        ),
        (
            b"PUT / HTTP/1.1",
            [b"Content-Length: 5", b"Content-Length: 5"],
            DesyncReason.DUPLICATE_CONTENT_LENGTH,
        ),
        (
            b"PUT / HTTP/1.1",
            [b"Content-Length: 5", b"Transfer-Encoding: chunked"],
            DesyncReason.BOTH_TE_CL_PRESENT,
        ),
        (
            b"PUT / HTTP/1.1",
            [b"Transfer-Encoding: identity", b"Content-Length: 5"],
            DesyncReason.BOTH_TE_CL_PRESENT,
        ),
        (b"PUT / HTTP/1.1", [b"Transfer-Encoding: identity, Chunked"], DesyncReason.COMPLIANT),
        (b"PUT / HTTP/1.1", [b"Content-Length: 005"], DesyncReason.COMPLIANT),
    ],
)
def test_the_length_of_a_body_is_classified(
    line: bytes, lines: list[bytes], reason: DesyncReason
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#classification-reasons"""
    assert reason_of(line, b"Host: x", *lines) is reason


@pytest.mark.parametrize(
    ("lines", "reason", "status"),
    [
        ([b"G@T / HTTP/1.1"], DesyncReason.BAD_METHOD, 400),
        ([b"\x16\x03\x01 / HTTP/1.1"], DesyncReason.BAD_METHOD, 400),
        ([b"GET / HTTP/1.x"], DesyncReason.BAD_VERSION, 400),
        ([b"GET / http/1.1"], DesyncReason.BAD_VERSION, 400),
        ([b"POST / HTTP/1.1", b"Content-Length: x"], DesyncReason.BAD_CONTENT_LENGTH, 400),
        ([b"POST / HTTP/1.1", b"Content-Length:"], DesyncReason.BAD_CONTENT_LENGTH, 400),
        ([b"POST / HTTP/1.1", b"Content-Length: -1"], DesyncReason.BAD_CONTENT_LENGTH, 400),
        ([b"POST / HTTP/1.1", b"Content-Length: +1"], DesyncReason.BAD_CONTENT_LENGTH, 400),
        ([b"POST / HTTP/1.1", b"Content-Length: 5,5"], DesyncReason.BAD_CONTENT_LENGTH, 400),
        (
            [b"POST / HTTP/1.1", "Content-Length: \u0665".encode()],
            DesyncReason.BAD_CONTENT_LENGTH,
            400,
        ),
        (
            [b"POST / HTTP/1.1", b"Content-Length: 5", b"Content-Length: 6"],
            DesyncReason.MULTIPLE_CONTENT_LENGTH,
            400,
        ),
        (
            [b"POST / HTTP/1.1", b"Transfer-Encoding: chunked, chunked"],
            DesyncReason.MULTIPLE_TRANSFER_ENCODING_CHUNKED,
            400,
        ),
        (
            [b"POST / HTTP/1.1", b"Transfer-Encoding: xchunked"],
            DesyncReason.BAD_TRANSFER_ENCODING,
            501,
        ),
        (
            [b"POST / HTTP/1.1", b"Transfer-Encoding: chunked\x0b"],
            DesyncReason.BAD_TRANSFER_ENCODING,
            501,
        ),
    ],
)
def test_a_request_without_a_certain_end_is_none(
    lines: list[bytes], reason: DesyncReason, status: int
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html#classification-reasons"""
    with pytest.raises(NoRequestFound) as rejected:
        parse(*lines)

    assert (rejected.value.desync, rejected.value.status) == (reason, status)


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        ([b"nonsense"], 400),
        ([b"GET /"], 400),
        ([b"GET HTTP/1.1"], 400),
        ([b"GET / HTTP/2.0"], 505),
        ([b"PRI * HTTP/2.0"], 505),
        ([b"GET / HTTP/0.9"], 505),
        ([b"POST / HTTP/1.1", b"Transfer-Encoding: gzip"], 501),
        ([b"POST / HTTP/1.1", b"Transfer-Encoding: gzip, chunked"], 501),
        ([b"POST / HTTP/1.1", b"Transfer-Encoding: chunked, identity"], 400),
    ],
)
def test_what_the_load_balancer_can_not_read_is_rejected(lines: list[bytes], status: int) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html"""
    with pytest.raises(RequestRejected) as rejected:
        parse(*lines)

    assert rejected.value.status == status


@pytest.mark.parametrize(
    ("lines", "keeps_alive"),
    [
        ([b"GET / HTTP/1.1"], True),
        ([b"GET / HTTP/1.1", b"Connection: Close"], False),
        ([b"GET / HTTP/1.1", b"Connection: upgrade, close"], False),
        ([b"GET / HTTP/1.1", b"Connection: x", b"Connection: close"], False),
        ([b"GET / HTTP/1.1", b"Connection: closed"], True),
        ([b"GET / HTTP/1.0"], False),
        ([b"GET / HTTP/1.0", b"Connection: Keep-Alive"], True),
        ([b"POST / HTTP/1.1", b"Content-Length: 1", b"Transfer-Encoding: chunked"], False),
    ],
)
def test_a_connection_is_kept_or_closed(lines: list[bytes], keeps_alive: bool) -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-9.3"""
    assert parse(*lines).keeps_alive is keeps_alive


def test_lines_may_end_with_lf_alone() -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-2.2"""
    sent = b"\r\n\nGET / HTTP/1.1\nHost: x\n\nnext"

    head, _, rest = read_request(sent)

    assert (head.target, head.headers, rest) == ("/", (("host", "x"),), b"next")
    assert head.reason is DesyncReason.NON_CRLF_LINE_TERMINATION


def test_a_folded_header_is_one_line() -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-5.2"""
    head = parse(b"POST / HTTP/1.1", b" Content-Length: 9", b"X: a", b"\t b", b" ")

    assert head.headers == (("x", "a b"),)
    assert head.content_length == 0


# -- limits


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /" + b"a" * LIMITS.request_line, 414),
        (b"GET /" + b"a" * LIMITS.request_line + b" HTTP/1.1\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * LIMITS.header, 400),
        (b"GET / HTTP/1.1\r\nX: " + b"a" * LIMITS.header + b"\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\n" + (b"X: " + b"a" * 1000 + b"\r\n") * 70, 400),
        (b"GET / HTTP/1.1\r\n" + (b"X: " + b"a" * 1000 + b"\r\n") * 70 + b"\r\n", 400),
    ],
)
def test_a_head_above_the_limits_is_rejected(sent: bytes, status: int) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"""
    with pytest.raises(RequestRejected) as rejected:
        find_head(bytearray(sent), 0, LIMITS)

    assert rejected.value.status == status


@pytest.mark.parametrize(
    ("begin", "rest", "status", "most"),
    [
        (b"", b"GET /" + b"a" * 2 * LIMITS.request_line, 414, LIMITS.request_line),
        (b"GET / HTTP/1.1\r\nX: ", b"a" * 2 * LIMITS.header, 400, LIMITS.header + 1),
        (
            b"GET / HTTP/1.1\n" + b"X:\n" * (LIMITS.header // 3) + b"Y: ",
            b"b" * 2 * LIMITS.header,
            400,
            LIMITS.header + 1,
        ),
        (b"GET / HTTP/1.1\n", b"X:\n" * LIMITS.headers, 400, LIMITS.headers),
    ],
    ids=("request line", "header", "last header", "headers"),
)
def test_a_head_that_arrives_byte_by_byte_is_rejected_at_the_first_one_above_the_limit(
    begin: bytes, rest: bytes, status: int, most: int
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"""
    buffer = bytearray(begin)

    with pytest.raises(RequestRejected) as rejected:
        add_bytewise(buffer, rest)

    assert rejected.value.status == status
    line = buffer[buffer.rfind(b"\n") + 1 :]
    assert most + 1 in (len(line), len(buffer) - len(b"GET / HTTP/1.1\n"))


def add_bytewise(buffer: bytearray, sent: bytes) -> None:
    searched = 0
    for byte in sent:
        buffer.append(byte)
        _, searched = find_head(buffer, searched, LIMITS)


def test_a_head_at_the_limits_is_accepted() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html"""
    line = b"GET /" + b"a" * (LIMITS.request_line - 16) + b" HTTP/1.1"
    header = b"X: " + b"a" * (LIMITS.header - 3)
    sent = bytearray(b"\r\n".join((line, *[header] * 3, b"", b"")))

    end, _ = find_head(sent, 0, LIMITS)

    assert end == len(sent) < LIMITS.request_line + LIMITS.headers
    assert len(parse_head(bytes(sent)).headers) == 3


def test_a_body_above_the_limit_is_rejected_by_its_length_alone() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#lambda-functions-limits"""
    RequestBody(parse(b"PUT / HTTP/1.1", b"Content-Length: %d" % LIMITS.body), LIMITS)

    with pytest.raises(RequestRejected) as rejected:
        RequestBody(parse(b"PUT / HTTP/1.1", b"Content-Length: %d" % (LIMITS.body + 1)), LIMITS)

    assert rejected.value.status == 413


# -- bodies


@pytest.mark.parametrize(
    ("sent", "body"),
    [
        (b"Content-Length: 4\r\n\r\nbodynext", b"body"),
        (b"Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2;x=y\r\ndy\r\n0\r\n\r\nnext", b"body"),
        (b"Transfer-Encoding: chunked\r\n\r\n04 \r\nbody\r\n000\r\nA: b\r\n\r\nnext", b"body"),
        (b"Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n0\r\n\r\nnext", b""),
        (b"Transfer-Encoding: identity\r\nContent-Length: 4\r\n\r\nbodynext", b"body"),
        (b"Transfer-Encoding: identity\r\n\r\nnext", b""),
        (b"Content_Length: 4\r\n\r\nnext", b""),
    ],
)
def test_a_body_ends_where_its_head_says_however_it_arrives(sent: bytes, body: bytes) -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-6.3"""
    whole = POST + sent
    every = tuple(range(1, len(whole)))

    assert read_request(whole)[1:] == (body, b"next")
    assert read_request(whole, every)[1:] == (body, b"next")


@pytest.mark.parametrize(
    "chunks",
    [
        b"x",
        b"-1\r\n",
        b"0x1\r\n",
        b"+1\r\n",
        b" 1\r\n",
        b"\r\n",
        b"1\n",
        b"1\r\r",
        b"1 1\r\n",
        b"1_0\r\n",
        b"11111111111111111",
        b"1;a\nb",
        b"3\r\nabcd",
        b"3\r\nabc\n",
        b"3\r\nabc\r\n\r\n",
        b"0\r\n\n",
        b"0\r\nA: b\nC: d\r\n\r\n",
        b"1;" + b"a" * MAX_CHUNK_LINE_BYTES,
        b"0\r\n" + b"A: b\r\n" * 20_000,
    ],
)
def test_a_bad_chunk_is_rejected_as_soon_as_it_is_seen(chunks: bytes) -> None:
    """https://www.rfc-editor.org/rfc/rfc9112#section-7.1"""
    body = RequestBody(parse(b"PUT / HTTP/1.1", b"Transfer-Encoding: chunked"), LIMITS)
    assert body.take_from(bytearray(b"5\r\nfirst\r\n")) is None  # in an earlier segment

    with pytest.raises(RequestRejected) as rejected:
        body.take_from(bytearray(chunks))

    assert rejected.value.status == 400


def test_chunks_above_the_limit_are_rejected_before_they_arrive() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html#lambda-functions-limits"""
    body = RequestBody(parse(b"PUT / HTTP/1.1", b"Transfer-Encoding: chunked"), LIMITS)
    body.take_from(bytearray(b"1\r\nx\r\n"))

    with pytest.raises(RequestRejected) as rejected:
        body.take_from(bytearray(b"%x\r\n" % LIMITS.body))

    assert rejected.value.status == 413


def take_bytewise(body: RequestBody, sent: bytes) -> bytes | None:
    buffer = bytearray()
    for byte in sent:
        buffer.append(byte)
        taken = body.take_from(buffer)
        if taken is not None:
            return taken
    return None


def test_a_trailer_that_arrives_byte_by_byte_has_the_limit_of_others() -> None:
    head = parse(b"PUT / HTTP/1.1", b"Transfer-Encoding: chunked")
    longest = b"0\r\n" + b"a" * (MAX_TRAILER_BYTES - len(b"\r\n\r\n"))

    assert take_bytewise(RequestBody(head, LIMITS), longest + b"\r\n\r\n") == b""
    with pytest.raises(RequestRejected):
        take_bytewise(RequestBody(head, LIMITS), longest + b"a\r\n\r\n")


# -- any request

PIECES = st.sampled_from(
    [
        b"GET", b"POST", b" ", b"/", b"/a?b", b"HTTP/1.1", b"HTTP/1.0", b"\r\n", b"\n", b"\r",
        b"Host: x\r\n", b"Content-Length: 3\r\n", b"Content-Length: 0\r\n", b"\x00", b"\t", b":",
        b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip\r\n", b"Connection: close\r\n",
        b"3\r\nabc\r\n", b"0\r\n\r\n", b"abc", b"X: y\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n",
        b"POST /p HTTP/1.1\r\nHost: x\r\n", b"\xff", b"\r\n\r\n", b" Content-Length: 9\r\n",
    ]
)  # fmt: skip
STREAMS = st.lists(PIECES, max_size=12).map(b"".join)


def read_or_reject(sent: bytes, cuts: tuple[int, ...]) -> object:
    try:
        return read_request(sent, cuts)
    except RequestRejected as exc:
        return exc.status
    except AssertionError:
        return "incomplete"


@given(STREAMS, st.data())
def test_the_segments_of_a_request_do_not_matter(sent: bytes, data: st.DataObject) -> None:
    cuts = data.draw(st.sets(st.integers(1, max(len(sent) - 1, 1)), max_size=5))
    inside = tuple(sorted(cut for cut in cuts if cut < len(sent)))

    assert read_or_reject(sent, inside) == read_or_reject(sent, ())


@given(STREAMS)
def test_a_compliant_request_is_read_as_by_another_parser(sent: bytes) -> None:
    """h11 is strict: what it accepts must be the same here, and so must what is compliant here."""
    sent = sent.lstrip(b"\r\n")  # h11 allows one empty line only
    ours = read_or_reject(sent, ())
    theirs = read_with_h11(sent)

    if isinstance(theirs, tuple):
        assert isinstance(ours, tuple)
        head, body, _ = ours
        assert (head.method.encode(), head.target.encode(), body) == theirs
    elif isinstance(ours, tuple) and ours[0].reason is DesyncReason.COMPLIANT:
        assert theirs in CHECKED_LATER


CHECKED_LATER = (
    "rejected: Missing mandatory Host: header",
    "rejected: Found multiple Host: headers",  # AWS forwards them
)
"""Rejections of h11 that are no matter of parsing here."""


def read_with_h11(sent: bytes) -> object:
    """(method, target, body), why h11 rejects the request, or None if it is not complete."""
    parser = h11.Connection(h11.SERVER)
    parser.receive_data(sent)
    body = b""
    method = target = b""
    try:
        while True:
            event = parser.next_event()
            if isinstance(event, h11.Request):
                method, target = event.method, event.target
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return method, target, body
            else:
                return None
    except h11.RemoteProtocolError as exc:
        return f"rejected: {exc}"
