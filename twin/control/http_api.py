"""Control's HTTP side: AWS calls on every path, `/_twin/...` for the other processes."""

from aiohttp import web

from twin.control.service import ControlService
from twin.control.topology_publisher import TopologyPublisher
from twin.internal_api.server import json_response
from twin.moto.aws_call import AwsCall

POLL_S = 20.0
MAX_BODY_BYTES = 256 * 1024 * 1024
"""A zip of 50 MB in base64 is 67 MB; https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


def build_application(control: ControlService, publisher: TopologyPublisher) -> web.Application:
    """All of control's routes."""

    async def status(_: web.Request) -> web.Response:
        return json_response(control.status())

    async def topology(request: web.Request) -> web.Response:
        try:
            after = int(request.query.get("after", "0"))
        except ValueError:
            text = f"after '{request.query['after']}': not a number"
            return web.Response(status=400, text=text)
        publisher.acknowledge(request.query.get("role", "unnamed"), after)
        fresh = await publisher.newer_than(after, POLL_S)
        return web.Response(status=204) if fresh is None else json_response(fresh)

    async def aws(request: web.Request) -> web.Response:
        answer = await control.answer(await _call(request))
        return web.Response(status=answer.status, headers=list(answer.headers), body=answer.body)

    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app.router.add_get("/_twin/status", status)
    app.router.add_get("/_twin/topology", topology)
    app.router.add_route("*", "/{path:.*}", aws)
    return app


async def _call(request: web.Request) -> AwsCall:
    return AwsCall(
        method=request.method,
        url=request.raw_path,
        headers={name.lower(): value for name, value in request.headers.items()},
        body=await request.read(),
    )
