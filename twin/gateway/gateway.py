"""The gateway's HTTP server: its own endpoints, and AWS calls forwarded to other processes.

GET  /                       a text page about this twin
GET  /_twin/whoami           WhoAmI
POST /_twin/regions/NAME     start a Region that never ran; 503 if it is down
POST /_twin/faults           read the twin's faults again
GET  /_twin/faults           FaultList: the active faults; also for programs outside the twin
everything else              an AWS call

A call and its answer are forwarded unchanged.
"""

import asyncio
import io
import logging
import os
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import aiohttp
from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from twin import geography
from twin.core.faults import Faults
from twin.errors import CodecError, RegionUnknown, TwinError
from twin.faults.store import FaultList, list_active_faults, list_ended_faults, read_faults
from twin.faults.watch import FaultWatcher
from twin.gateway.call_router import CallRouter
from twin.gateway.data_plane_calls import DataPlaneCalls
from twin.gateway.forwarder import Forwarder
from twin.gateway.held_calls import BodyLimits, HeldCall
from twin.gateway.process_table import ProcessTable
from twin.gateway.request_target import forwarded_target, is_internal_path
from twin.gateway.routing import (
    ApiCall,
    Forward,
    MissingScope,
    Rejection,
    read_credential_scope,
    reject_internal_path,
    reject_region_down,
    reject_stranger,
)
from twin.internal_api.aws_errors import answer_error, lower_headers, raw_query
from twin.internal_api.broken_requests import server_log
from twin.internal_api.connector import own_user_connector
from twin.internal_api.fast_path import PLAIN_HANDLER, REQUEST_MEMORY
from twin.internal_api.request_memory import MAX_CALL_BYTES, RequestMemory
from twin.internal_api.schemas import SOURCE_IP_HEADER, WhoAmI
from twin.internal_api.server import json_response
from twin.runtime import roles
from twin.runtime.instance import Instance
from twin.runtime.roles import ProcessState
from twin.topology.model import Topology
from twin.topology.store import read_topology

CONNECT_TIMEOUT_S = 2.0
ANSWER_TIMEOUT_S = 960.0
"""An invocation may last 15 minutes."""
# Hop-by-hop headers, and the length, which is computed again.
_NOT_FORWARDED = frozenset(
    {
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


class BackendUnreachable(Exception):
    """The process refused the connection; it has not received the call."""


class BackendDisconnected(Exception):
    """The process closed the connection, or timed out, before it answered the call."""


def create_client_session() -> aiohttp.ClientSession:
    """A client that adds no headers, decodes nothing, and follows no redirects."""
    return aiohttp.ClientSession(
        connector=own_user_connector(),
        timeout=aiohttp.ClientTimeout(total=ANSWER_TIMEOUT_S, sock_connect=CONNECT_TIMEOUT_S),
        auto_decompress=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
    )


async def forward_request(
    session: aiohttp.ClientSession,
    request: web.Request,
    body: io.BytesIO,
    address: tuple[str, int],
    added_headers: Mapping[str, str] = MappingProxyType({}),
) -> web.Response:
    """Forward to the process at `address`. Raises BackendUnreachable, BackendDisconnected."""
    headers = _forwarded_headers(request.headers.items())
    headers.update(added_headers)
    try:
        async with session.request(
            request.method,
            URL(
                f"http://{address[0]}:{address[1]}{forwarded_target(request.raw_path)}",
                encoded=True,
            ),
            headers=headers,
            # A file object is sent in chunks, so that a large body does not block other calls.
            data=body if body.getbuffer().nbytes else None,
            allow_redirects=False,
        ) as answer:
            content = await answer.read()
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as exc:
        raise BackendUnreachable(str(exc)) from exc
    except (aiohttp.ClientError, TimeoutError, OSError) as exc:
        raise BackendDisconnected(str(exc)) from exc
    return _copy_response(request.method, answer, content)


def _copy_response(method: str, answer: aiohttp.ClientResponse, content: bytes) -> web.Response:
    headers = _forwarded_headers(answer.headers.items())
    if method == "HEAD" and "Content-Length" in answer.headers:
        headers["Content-Length"] = answer.headers["Content-Length"]
    return web.Response(status=answer.status, reason=answer.reason, headers=headers, body=content)


def _forwarded_headers(headers: Iterable[tuple[str, str]]) -> CIMultiDict[str]:
    return CIMultiDict(
        (name, value) for name, value in headers if name.lower() not in _NOT_FORWARDED
    )


log = logging.getLogger(__name__)

BODY_TIMEOUT_S = 300.0
"""How long a body may take to arrive; the largest does so in a second on this machine."""


class Gateway:
    def __init__(
        self,
        instance: Instance,
        processes: ProcessTable,
        session: aiohttp.ClientSession,
        *,
        enforces_iam: bool = False,
        memory: RequestMemory | None = None,
        body_timeout_s: float = BODY_TIMEOUT_S,
    ) -> None:
        """`memory` is that of all calls that wait."""
        self._memory = memory or RequestMemory()
        self._limits = BodyLimits(max_bytes=MAX_CALL_BYTES, timeout_s=body_timeout_s)
        self._enforces_iam = enforces_iam
        self._instance = instance
        self._processes = processes
        self._router = CallRouter(processes, instance.access_key)
        self._session = session

    def apply_faults(self, faults: Faults) -> None:
        """Apply the network faults: calls to a Region whose network is cut are rejected."""
        self._router.network = faults.network

    def build_app(self, faults: FaultWatcher | None = None) -> web.Application:
        """The gateway's routes, with those of the fault watcher if there is one."""
        app = web.Application()
        app[REQUEST_MEMORY] = self._memory
        forwarder = Forwarder(CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S)
        app[PLAIN_HANDLER] = DataPlaneCalls(
            self._instance, self._router, forwarder, enforces_iam=self._enforces_iam
        ).handle
        app.on_cleanup.append(forwarder.close)
        if faults is not None:
            faults.add_routes(app)
        app.router.add_get("/_twin/whoami", self._whoami)
        app.router.add_get("/_twin/faults", self._faults)
        app.router.add_post("/_twin/regions/{region}", self._start_region)
        app.router.add_route("*", "/{path:.*}", self._aws_call_or_front_page)
        return app

    # -- AWS

    async def _aws_call_or_front_page(self, request: web.Request) -> web.Response:
        scope = read_credential_scope(lower_headers(request), raw_query(request))
        if (
            scope is MissingScope.UNSIGNED
            and request.method in ("GET", "HEAD")
            and request.path == "/"
        ):
            return self._front_page()
        if is_internal_path(request.raw_path):
            return answer_error(request, reject_internal_path())
        call = ApiCall(method=request.method, path=request.raw_path.partition("?")[0], scope=scope)
        route = self._router.route(call)
        if isinstance(route, Rejection):
            return await self._answer_rejection(request, route)
        held = HeldCall(self._memory, request)
        try:
            return await self._answer_held(request, held, route)
        finally:
            held.release()

    async def _answer_held(
        self, request: web.Request, held: HeldCall, forward: Forward
    ) -> web.Response:
        body = await held.read_body(self._limits)
        if isinstance(body, Rejection):
            return await self._answer_rejection(request, body)
        route = await self._router.make_ready(forward)
        if isinstance(route, Rejection):
            return await self._answer_rejection(request, route)
        return await held.send(await self._forward(request, body, route.role))

    async def _answer_rejection(self, request: web.Request, rejection: Rejection) -> web.Response:
        await self._router.delay(rejection)
        return answer_error(request, rejection)

    async def _forward(self, request: web.Request, body: io.BytesIO, role: str) -> web.Response:
        address = roles.internal_address(self._instance, role)
        try:
            return await forward_request(
                self._session, request, body, address, self._added_headers(request)
            )
        except BackendUnreachable as exc:
            return answer_error(request, self._router.reject_unreachable(role, str(exc)))
        except BackendDisconnected as exc:
            return answer_error(request, self._router.reject_disconnected(role, str(exc)))

    def _added_headers(self, request: web.Request) -> dict[str, str]:
        """What a process needs to know of the caller when it enforces IAM."""
        return {SOURCE_IP_HEADER: request.remote or ""} if self._enforces_iam else {}

    # -- the gateway's own endpoints

    async def _whoami(self, _: web.Request) -> web.Response:
        return json_response(
            WhoAmI(
                home=str(self._instance.home),
                instance=self._instance.number,
                pid=os.getpid(),
                listener_ports=_listener_ports(self._instance),
            )
        )

    async def _faults(self, _: web.Request) -> web.Response:
        faults = read_faults(self._instance)
        now = self._processes.clock.now()
        active = list_active_faults(faults, now, self._processes.refresh_state)
        return json_response(FaultList(faults=active, ended=list_ended_faults(faults)))

    def _front_page(self) -> web.Response:
        home, endpoint = self._instance.home, self._instance.endpoint_url
        return web.Response(
            text=f"Twin number {self._instance.number} of AWS, in {home}.\n"
            f"AWS endpoint: {endpoint} (source {home}/env, then use pulumi, aws or boto3).\n"
            "What it is doing: twin status\n"
        )

    async def _start_region(self, request: web.Request) -> web.Response:
        region = request.match_info["region"]
        try:
            geography.region_number(region)
            state = await self._processes.start_if_absent(region)
        except RegionUnknown as exc:
            return web.json_response({"error": str(exc)}, status=404)
        except TwinError as exc:
            log.error("%s", exc)
            return web.json_response({"error": str(exc)}, status=503)
        if state is not ProcessState.RUNNING:
            rejection = reject_region_down(region, state)
            return web.json_response({"error": rejection.message}, status=503)
        return web.json_response({"region": region, "state": state})


def refuse_by_service_error(reason: str) -> asyncio.BaseProtocol:
    """Answers each call with an error of the service that it is meant for."""

    async def refuse(request: web.BaseRequest) -> web.StreamResponse:
        response = answer_error(request, reject_stranger(reason))
        response.force_close()
        return response

    return web.Server(refuse, access_log=None, logger=server_log)()


def _listener_ports(instance: Instance) -> tuple[int, ...]:
    """First ports of the accelerators' listeners in the last published Topology."""
    try:
        topology = read_topology(instance) or Topology()
    except (CodecError, OSError):
        return ()
    return tuple(
        sorted(
            {
                ports.from_port
                for accelerator in topology.accelerators
                for listener in accelerator.listeners
                for ports in listener.port_ranges
            }
        )
    )
