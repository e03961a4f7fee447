"""`python -m tests.soak.gateway_soak --calls 20000 --seed 1`: broken requests to API Gateway.

Requests over TLS in which bytes are changed, cut off or put in, answers of functions that are
anything, and broken handshakes. Checks that each connection gets nothing or whole HTTP responses,
that no request is an error of the twin itself, and that afterwards the server answers as before.
"""

import asyncio
import contextlib
import logging
import random
import ssl
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.apigateway_topologies import (
    DOMAIN,
    HTTP_HOST,
    HTTP_ID,
    REST_HOST,
    REST_ID,
    domain,
    gateway,
    http_api,
    proxy,
    rest_api,
    route,
)
from tests.functional.twin.region.apigateway.running_gateway import RunningGateway, running_gateway
from tests.soak.calls.fault_report import FaultReport, parse_options
from twin.topology.apigateway import CorsConfiguration, GatewayResponse, Integration

CONFIG = gateway(
    http_api(
        route("GET /a/{b}"),
        route("ANY /{proxy+}", proxy("1.0")),
        route("$default"),
        cors=CorsConfiguration(allow_origins=("*",), allow_methods=("*",)),
        log_format="$context.requestId $context.path $context.error.message",
    ),
    rest_api(
        route("GET /a", proxy("1.0")),
        route("OPTIONS /a", Integration(type="MOCK")),
        route("ANY /b/{proxy+}", proxy("1.0")),
        responses=(GatewayResponse(type="DEFAULT_4XX", headers={"X-A": "context.path"}),),
        binary=("image/*",),
    ),
    domain(("", HTTP_ID, "$default"), ("rest", REST_ID, "")),
)
REQUESTS = tuple(
    text.replace("\n", "\r\n").encode()
    for text in (
        f"GET /a/1?x=%20&y HTTP/1.1\nHost: {DOMAIN}\nCookie: a=1; b=2\n\n",
        f"POST /x/y HTTP/1.1\nHost: {DOMAIN}\nContent-Length: 5\nContent-Type: text/plain\n\nhello",
        f"PUT / HTTP/1.1\nHost: {HTTP_HOST}\nTransfer-Encoding: chunked\n\n3\nabc\n0\n\n",
        f"GET /prod/a HTTP/1.1\nHost: {REST_HOST}\nAccept: image/png\nConnection: close\n\n",
        f"DELETE /rest/prod/b/%C3%A4/ HTTP/1.1\nHost: {DOMAIN}\nX-Forwarded-For: 10.0.0.1\n\n",
        f"OPTIONS /a HTTP/1.1\nHost: {DOMAIN}\nOrigin: https://a\n"
        "Access-Control-Request-Method: PUT\n\n",
        f"GET http://{DOMAIN}/a/2 HTTP/1.0\nUpgrade: websocket\nConnection: upgrade\n\n",
        f"HEAD /ping HTTP/1.1\nHost: {DOMAIN}:443\nExpect: 100-continue\n\n",
    )
)
PIECES = (
    b"\r\n", b"\n", b"\0", b"\xff", b" ", b":", b"%", b"%00", b"/../", b"//", b"?", b"Host: x\r\n",
    b"Content-Length: 7\r\n", b"Transfer-Encoding: chunked\r\n", b"GET ", b"HTTP/1.1", b"{",
    b"A" * 5000,
)  # fmt: skip
STATUSES = frozenset({100, 200, 201, 204, 400, 403, 404, 413, 414, 431, 500, 502, 503})
LOGGERS = ("twin", "asyncio")
WAIT_S = 0.05
"""For an answer to bytes that may be no whole request."""
AT_ONCE = 20


def main(argv: list[str]) -> int:
    calls, rng = parse_options(argv)
    return asyncio.run(soak(calls, rng))


async def soak(calls: int, rng: random.Random) -> int:
    """Send the requests; 1 if any of them has shown a fault."""
    report = FaultReport()
    errors = _CountErrors()
    for name in LOGGERS:
        logging.getLogger(name).addHandler(errors)
    try:
        with tempfile.TemporaryDirectory() as folder:
            async with running_gateway(Path(folder), CONFIG) as api:
                api.function.answer = lambda event: _any_answer(rng, event)
                for _ in range(0, calls, AT_ONCE):
                    await asyncio.gather(*(_one(api, rng, report) for _ in range(AT_ONCE)))
                    api.server.take_logs()
                    list(api.server.take_metrics())
                await _check_end(api, report)
    finally:
        for name in LOGGERS:
            logging.getLogger(name).removeHandler(errors)
    for message in errors.messages:
        report.note_sample(message.partition("\n")[0], "see the log")
    return report.finish(f"{calls} connections")


class _CountErrors(logging.Handler):
    """Notes what the server logs as an error of the twin."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


async def _one(api: RunningGateway, rng: random.Random, report: FaultReport) -> None:
    if rng.random() < 0.1:
        await _break_handshake(api, rng, report)
        return
    message = b"".join(break_request(rng) for _ in range(rng.choice((1, 1, 1, 2, 3))))
    reader, writer = await asyncio.open_connection(
        *api.address, ssl=_context(api), server_hostname=rng.choice((DOMAIN, HTTP_HOST))
    )
    received = b""
    try:
        writer.write(message)
        async with asyncio.timeout(WAIT_S):
            while part := await reader.read(65536):
                received += part
    except (TimeoutError, ConnectionError, ssl.SSLError):
        pass
    finally:
        writer.transport.abort()
    statuses, rest = split_responses(received)
    for status in statuses or [0]:
        report.answers[status] += 1
    if rest or set(statuses) - STATUSES:
        report.note_sample(f"no response: {rest[:60]!r} {statuses}", message.hex())


_contexts: dict[Path, ssl.SSLContext] = {}


def _context(api: RunningGateway) -> ssl.SSLContext:
    return _contexts.setdefault(api.trust, api.client_context())


async def _break_handshake(api: RunningGateway, rng: random.Random, report: FaultReport) -> None:
    """Send a broken ClientHello, or no TLS at all."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = _context(api).wrap_bio(incoming, outgoing, server_hostname=DOMAIN)
    with contextlib.suppress(ssl.SSLWantReadError):
        client.do_handshake()
    hello = bytearray(outgoing.read() if rng.random() < 0.8 else rng.choice(REQUESTS))
    for _ in range(rng.randrange(1, 6)):
        hello[rng.randrange(len(hello))] = rng.randrange(256)
    reader, writer = await asyncio.open_connection(*api.address)
    try:
        writer.write(bytes(hello[: rng.randrange(1, len(hello) + 1)]))
        async with asyncio.timeout(WAIT_S):
            await reader.read(65536)
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.transport.abort()
    report.answers[-1] += 1


async def _check_end(api: RunningGateway, report: FaultReport) -> None:
    api.function.answer = lambda _: {"statusCode": 201}
    answer = await api.get("/a/1")
    if answer.status != 201:
        report.note_sample(f"the last request is answered with {answer.status}", "")


def _any_answer(rng: random.Random, event: dict[str, Any]) -> object:
    """Mostly a good answer."""
    good = {"statusCode": 200, "headers": {"X-A": "b"}, "body": "x"}
    path = event.get("rawPath") or event.get("path")
    return rng.choice(
        (good, good, good, {**good, "body": path}, path, [], None, {"statusCode": path},
         {**good, "headers": {"X-A": path}}, {**good, "isBase64Encoded": True}, b"{", b"\xff")
    )  # fmt: skip


def split_responses(received: bytes) -> tuple[list[int], bytes]:
    """The statuses of whole responses, and what is left."""
    statuses: list[int] = []
    while received.startswith(b"HTTP/1.1 "):
        head, end, rest = received.partition(b"\r\n\r\n")
        if not end:
            break
        status = int(head[9:12])
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        # The answer to HEAD has a length and no body: another response, or nothing, follows.
        if len(rest) < length or rest.startswith(b"HTTP/1.1 "):
            length = 0
        statuses.append(status)
        received = rest[length:]
    return statuses, received


def break_request(rng: random.Random) -> bytes:
    """A request, or what is left of it."""
    message = bytearray(rng.choice(REQUESTS))
    for _ in range(rng.choice((0, 1, 1, 1, 2, 3, 8))):
        place = rng.randrange(len(message) + 1)
        match rng.randrange(4):
            case 0:
                message[place : place + 1] = bytes([rng.randrange(256)])
            case 1:
                message[place:place] = rng.choice(PIECES)
            case 2:
                del message[place : place + rng.randrange(1, 12)]
            case _:
                message[place : place + 2] = rng.choice(PIECES)
    return bytes(message)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
