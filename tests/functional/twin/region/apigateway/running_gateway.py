"""API Gateway's server in the test's own process, whose function a test answers for."""

import asyncio
import contextlib
import json
import random
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from common.clock import SystemClock
from tests.apigateway_topologies import ACCOUNT, CERTIFICATE_ARN, DOMAIN, FUNCTION_ARN, REGION
from tests.x509_factory import make_certificate
from twin.internal_api.request_memory import RequestMemory
from twin.region.apigateway.integrations import PRINCIPAL, Integrations
from twin.region.apigateway.server import IDLE_S, ApiGatewayServer
from twin.region.ids import IdGenerator
from twin.region.lambdas.functions import HostedFunction
from twin.region.lambdas.invocation import InvocationResult, InvokeError
from twin.runtime.instance import Instance
from twin.tls.certificate_files import save_certificate
from twin.topology.apigateway import ApiGatewayTopology
from twin.topology.model import Certificate, FunctionPermission, LambdaFunction

DEFAULT_NAMES = f"*.execute-api.{REGION}.amazonaws.com"
PERMISSION = FunctionPermission(
    statement_id="gateway",
    action="lambda:InvokeFunction",
    principal=PRINCIPAL,
    source_arn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:*",
    qualifier="live",
)
Answer = Callable[[dict[str, Any]], object]


def echo(event: dict[str, Any]) -> object:
    """The event itself."""
    return {"statusCode": 200, "body": json.dumps(event)}


class FakeFunction:
    """Answers at once what `answer` makes of the event, or later if it `holds`."""

    def __init__(self) -> None:
        self.config = LambdaFunction(arn=FUNCTION_ARN, name="app", permissions=(PERMISSION,))
        self.answer: Answer = echo
        self.error: InvokeError | None = None
        self.function_error = ""
        self.holds = False
        self.events: list[dict[str, Any]] = []
        self.qualifiers: list[str] = []
        self.running: list[asyncio.Future[InvocationResult]] = []

    def submit(
        self, qualifier: str, event: bytes, *, trace_root: str, draw: float
    ) -> "asyncio.Future[InvocationResult]":
        assert trace_root
        assert 0 <= draw < 1
        if self.error is not None:
            raise self.error
        self.events.append(json.loads(event))
        self.qualifiers.append(qualifier)
        result: asyncio.Future[InvocationResult] = asyncio.get_running_loop().create_future()
        self.running.append(result)
        if not self.holds:
            self.finish(result, self.answer(self.events[-1]))
        return result

    def finish(self, result: "asyncio.Future[InvocationResult]", answer: object) -> None:
        payload = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        result.set_result(
            InvocationResult(payload=payload, version="1", function_error=self.function_error)
        )


@dataclass(kw_only=True)
class RunningGateway:
    """The server, its function, and a client of it."""

    server: ApiGatewayServer
    function: FakeFunction
    address: tuple[str, int]
    certificates: tuple[Certificate, ...]
    trust: Path
    config: ApiGatewayTopology
    writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def configure(self, config: ApiGatewayTopology) -> None:
        self.config = config
        await self.server.configure(self.placed(config), self.certificates)

    def placed(self, config: ApiGatewayTopology) -> ApiGatewayTopology:
        """At the test's own address."""
        return ApiGatewayTopology(
            address=self.address[0],
            port=self.address[1],
            apis=config.apis,
            domains=config.domains,
        )

    def client_context(self, *alpn: str) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=str(self.trust))
        if alpn:
            context.set_alpn_protocols(list(alpn))
        return context

    async def connect(
        self, name: str = DOMAIN, *, context: ssl.SSLContext | None = None
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection with TLS for this name."""
        reader, writer = await asyncio.open_connection(
            *self.address, ssl=context or self.client_context(), server_hostname=name
        )
        self.writers.append(writer)
        return reader, writer

    async def send(self, sent: bytes, name: str = DOMAIN) -> bytes:
        """Send bytes on a new connection; what comes back until it is closed."""
        reader, writer = await self.connect(name)
        writer.write(sent)
        return await asyncio.wait_for(reader.read(), 10)

    async def request(
        self,
        method: str,
        target: str,
        *headers: str,
        host: str = DOMAIN,
        body: bytes = b"",
        name: str | None = None,
    ) -> "Response":
        """One request on a new connection; `name` is the SNI, if not the host."""
        length = [f"Content-Length: {len(body)}"] if body else []
        lines = (f"{method} {target} HTTP/1.1", f"Host: {host}", "Connection: close", *headers)
        head = "\r\n".join((*lines, *length, "", "")).encode()
        return parse_response(await self.send(head + body, name or host))

    async def get(self, target: str = "/", *headers: str, host: str = DOMAIN) -> "Response":
        return await self.request("GET", target, *headers, host=host)


@dataclass(frozen=True, kw_only=True)
class Response:
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    @property
    def json(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.body)
        return found


def parse_response(received: bytes) -> Response:
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = tuple((line.partition(": ")[0], line.partition(": ")[2]) for line in lines)
    return Response(status=int(first.split(" ")[1]), headers=headers, body=body)


async def read_response(reader: asyncio.StreamReader) -> Response:
    """One response of a kept connection."""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    found = parse_response(head)
    length = int(found.header("content-length") or "0")
    body = await asyncio.wait_for(reader.readexactly(length), 10)
    return Response(status=found.status, headers=found.headers, body=body)


@contextlib.asynccontextmanager
async def running_gateway(
    folder: Path, config: ApiGatewayTopology, *names: str, idle_s: float = IDLE_S
) -> AsyncIterator[RunningGateway]:
    """Serve `config`; the certificate of custom domains has `names`."""
    instance = Instance(folder, 0)
    trusted, certificates = [], []
    for arn, own_names in ((CERTIFICATE_ARN, names or (DOMAIN,)), ("default", (DEFAULT_NAMES,))):
        made = make_certificate(*own_names)
        sha = save_certificate(instance, made.material)
        certificates.append(Certificate(arn=arn, names=tuple(own_names), pem_sha256=sha))
        trusted.append(made.pem)
    trust = folder / "trust.pem"
    trust.write_bytes(b"".join(trusted))
    function = FakeFunction()
    hosted = cast("HostedFunction", function)
    clock = SystemClock()
    server = ApiGatewayServer(
        Integrations(
            lambda name: hosted if name == "app" else None,
            IdGenerator(clock, random.Random(1)),
            region=REGION,
            account=ACCOUNT,
        ),
        clock=clock,
        certificate_path=instance.certificate_path,
        memory=RequestMemory(),
        idle_s=idle_s,
    )
    running = RunningGateway(
        server=server,
        function=function,
        address=("127.0.0.1", free_port()),
        certificates=tuple(certificates),
        trust=trust,
        config=config,
    )
    await running.configure(config)
    try:
        yield running
    finally:
        for writer in running.writers:
            writer.transport.abort()
        await server.close()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
