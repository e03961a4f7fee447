"""A proxy in front of the gateway that records the AWS calls which pass through it.

A record has service, Region, operation and parameters, the latter as boto3 would take them.
"""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientSession, web

from twin.moto.calls.aws_call import AwsCall
from twin.moto.calls.request_parser import UnknownOperation, parse_call

_DROPPED = frozenset({"connection", "content-length", "keep-alive", "transfer-encoding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAwsCall:
    """One AWS call, and the status of its answer."""

    service: str
    region: str
    operation: str
    parameters: dict[str, Any]
    status: int


class CallRecorder:
    """Forwards calls to the gateway, and keeps a record of each."""

    def __init__(self, gateway: str, session: ClientSession) -> None:
        """`gateway` is an URL without a path."""
        self.calls: list[RecordedAwsCall] = []
        self._gateway = gateway
        self._session = session

    async def forward(self, request: web.Request) -> web.Response:
        body = await request.read()
        # The gateway wants its own name, and the signature is not checked.
        headers = {k: v for k, v in request.headers.items() if k.lower() not in (*_DROPPED, "host")}
        url = f"{self._gateway}{request.raw_path}"
        async with self._session.request(
            request.method, url, headers=headers, data=body, allow_redirects=False
        ) as answer:
            content = await answer.read()
        call = AwsCall(
            method=request.method,
            url=request.raw_path,
            headers={name.lower(): value for name, value in request.headers.items()},
            body=body,
        )
        self.calls.append(decode_call(call, answer.status))
        kept = {k: v for k, v in answer.headers.items() if k.lower() not in _DROPPED}
        return web.Response(status=answer.status, headers=kept, body=content)


def decode_call(call: AwsCall, status: int) -> RecordedAwsCall:
    """The call as boto3 would make it."""
    service = call.service or ""
    if call.headers.get("x-amz-target") and service in ("dynamodb", "globalaccelerator"):
        operation, parameters = call.operation or "", json.loads(call.body or b"{}")
    else:
        try:
            parsed = parse_call(call)
            operation, parameters = parsed.operation, parsed.parameters
        except UnknownOperation as exc:
            operation, parameters = str(exc), {}
    return RecordedAwsCall(
        service=service,
        region=call.region or "",
        operation=operation,
        parameters=parameters,
        status=status,
    )


@asynccontextmanager
async def running_recorder(gateway: str) -> AsyncIterator[tuple[CallRecorder, str]]:
    """A recorder, and its URL."""
    async with ClientSession(auto_decompress=False) as session:
        recorder = CallRecorder(gateway, session)
        app = web.Application(client_max_size=2**28)
        app.router.add_route("*", "/{path:.*}", recorder.forward)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        try:
            yield recorder, f"http://127.0.0.1:{port}"
        finally:
            await runner.cleanup()
