"""The gateway's HTTP side: what it answers itself, and calls that go to another process.

GET  /                       which twin this is, in words
GET  /_twin/whoami           WhoAmI
POST /_twin/regions/NAME     start a Region that never ran; 503 when it is down
POST /_twin/faults           look at the twin's faults
GET  /_twin/faults           FaultList: what stands now; for programs outside of the twin too
everything else              an AWS call
"""

import logging
import os
import uuid

import aiohttp
from aiohttp import web

from twin import codec, geography
from twin.core.faults import CLEAR_NETWORK, Faults
from twin.errors import CodecError, RegionUnknown, StateCorrupt, TwinError
from twin.faults.report import FaultList, list_active_faults
from twin.faults.store import read_faults
from twin.faults.watch import FaultWatcher
from twin.gateway.credential_scope import CredentialScope, MissingScope, read_credential_scope
from twin.gateway.error_responses import build_error_response
from twin.gateway.process_table import ProcessTable
from twin.gateway.proxy import BackendDisconnected, BackendUnreachable, forward_request
from twin.gateway.routing import (
    ApiCall,
    Forward,
    Rejection,
    reject_control_down,
    reject_interrupted,
    reject_region_down,
    reject_start_failed,
    route_call,
)
from twin.internal_api.schemas import WhoAmI
from twin.internal_api.server import json_response
from twin.runtime import roles
from twin.runtime.instance import Instance
from twin.runtime.roles import ProcessState
from twin.topology.model import Topology

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 256 * 1024 * 1024
"""A function's zip of 50 MB is 67 MB in base64, and S3 parts may be larger:
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


class Gateway:
    """One endpoint for all of AWS."""

    def __init__(
        self, instance: Instance, fleet: ProcessTable, session: aiohttp.ClientSession
    ) -> None:
        self._instance = instance
        self._fleet = fleet
        self._session = session
        self._network = CLEAR_NETWORK

    def follow_faults(self, faults: Faults) -> None:
        """Put the network's faults in force: a Region that is cut off answers no call."""
        self._network = faults.network

    def application(self, faults: FaultWatcher | None = None) -> web.Application:
        """All its routes; `faults` is who looks at the twin's faults when asked to."""
        app = web.Application(client_max_size=MAX_BODY_BYTES)
        if faults is not None:
            faults.add_routes(app)
        app.router.add_get("/_twin/whoami", self._whoami)
        app.router.add_get("/_twin/faults", self._faults)
        app.router.add_post("/_twin/regions/{region}", self._start_region)
        app.router.add_route("*", "/{path:.*}", self._aws_or_front_page)
        return app

    # -- AWS

    async def _aws_or_front_page(self, request: web.Request) -> web.Response:
        scope = read_credential_scope(request.headers, request.query_string)
        if (
            scope is MissingScope.UNSIGNED
            and request.method in ("GET", "HEAD")
            and request.path == "/"
        ):
            return self._front_page()
        call = ApiCall(method=request.method, path=request.raw_path.partition("?")[0], scope=scope)
        decision = route_call(call, self._fleet.state, self._network)
        if isinstance(decision, Forward):
            decision = await self._made_ready(decision)
        if isinstance(decision, Rejection):
            await self._fleet.clock.sleep(decision.after_s)
            return _refused(request, scope, decision)
        return await self._passed_on(request, scope, decision.role)

    async def _made_ready(self, forward: Forward) -> Forward | Rejection:
        """Wait until a Region that never ran before is up."""
        region = roles.region_of(forward.role)
        if region is None or not forward.start_first:
            await self._fleet.until_started(forward.role)
            return forward
        try:
            await self._fleet.start_unborn(region)
        except TwinError as exc:
            log.error("%s", exc)
            return reject_start_failed(region, str(exc))
        return forward

    async def _passed_on(
        self, request: web.Request, scope: CredentialScope | MissingScope, role: str
    ) -> web.Response:
        address = roles.internal_address(self._instance, role)
        try:
            return await forward_request(self._session, request, address)
        except BackendUnreachable as exc:
            log.warning("%s takes no connection: %s", role, exc)
            return _refused(request, scope, self._why_unreachable(role))
        except BackendDisconnected as exc:
            log.warning("%s gave no answer: %s", role, exc)
            self._fleet.look_again(role)
            return _refused(request, scope, reject_interrupted(role))

    def _why_unreachable(self, role: str) -> Rejection:
        region = roles.region_of(role)
        if region is None:
            return reject_control_down()
        return reject_region_down(region, self._fleet.look_again(role))

    # -- the twin itself

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
        try:
            written = read_faults(self._instance)
        except StateCorrupt as exc:
            return web.json_response({"error": str(exc)}, status=500)
        now = self._fleet.clock.now()
        return json_response(
            FaultList(faults=list_active_faults(written, now, self._fleet.look_again))
        )

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
            state = await self._fleet.start_unborn(region)
        except RegionUnknown as exc:
            return web.json_response({"error": str(exc)}, status=404)
        except TwinError as exc:
            log.error("%s", exc)
            return web.json_response({"error": str(exc)}, status=503)
        if state is not ProcessState.RUNNING:
            refusal = reject_region_down(region, state)
            return web.json_response({"error": refusal.message}, status=503)
        return web.json_response({"region": region, "state": state})


def _refused(
    request: web.Request, scope: CredentialScope | MissingScope, refusal: Rejection
) -> web.Response:
    answer = build_error_response(refusal, request.headers, scope, str(uuid.uuid4()))
    return web.Response(status=answer.status, headers=answer.headers, body=answer.body)


def _listener_ports(instance: Instance) -> tuple[int, ...]:
    """First ports of the accelerators' listeners, as last published."""
    try:
        topology = codec.loads(Topology, instance.topology_path.read_bytes())
    except (FileNotFoundError, CodecError):
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
