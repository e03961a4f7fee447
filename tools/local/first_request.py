"""After a deployment: wait until the system is healthy, and store the item `foobar`."""

from collections.abc import Mapping
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

from common.clock import SystemClock
from common.http_client import HttpResponse, send_request
from tools.local.identities import root_client
from tools.setup.progress import ProgressStep
from twin.cli.status_report import fetch_status
from twin.errors import TwinError
from twin.internal_api.schemas import EdgeStatus, EndpointState
from twin.runtime import roles
from twin.runtime.instance import Instance

ITEM = "foobar"
HEALTHY_WITHIN_S = 60.0
STORED_WITHIN_S = 30.0
_POLL_S = 0.1
_TIMEOUT_S = 10.0


class NotServing(TwinError):
    """The deployed system gave a wrong answer or none."""


def call_service(base: str, method: str, path: str, body: object = None) -> HttpResponse:
    """Send a request to the deployed service. Raises OSError."""
    try:
        return send_request(method, f"{base}{path}", timeout_s=_TIMEOUT_S, body=body)
    except HTTPException as exc:
        raise ConnectionError(f"{method} {base}{path}: {exc!r}") from exc


def base_url(outputs: Mapping[str, Any]) -> str:
    """http://FIRST-STATIC-IP[:PORT], as the stack tells it."""
    port = urlsplit(str(outputs["url"])).port or 80
    return f"http://{outputs['static_ips'][0]}" + ("" if port == 80 else f":{port}")


def wait_until_healthy(instance: Instance, clock: SystemClock) -> None:
    """Wait until the edge sees every endpoint as healthy; on a time-out, print which is not."""
    step = ProgressStep("health")
    deadline = clock.monotonic() + HEALTHY_WITHIN_S
    while waiting := _unhealthy_endpoints(instance):
        if clock.monotonic() > deadline:
            step.note(f"not healthy after {HEALTHY_WITHIN_S:.0f} s: {', '.join(waiting)}")
            return
        step.update(f"waiting for {', '.join(waiting)}")
        clock.wait(_POLL_S)
    step.done("every endpoint is healthy")


def _unhealthy_endpoints(instance: Instance) -> list[str]:
    """Regions of endpoints that the edge does not see as healthy, with their state."""
    accelerators = fetch_status(instance, roles.EDGE, EdgeStatus)
    if accelerators is None:
        return ["the edge"]
    return [
        f"{group.region} ({endpoint.state})"
        for accelerator in accelerators.accelerators
        for listener in accelerator.listeners
        for group in listener.groups
        for endpoint in group.endpoints
        if endpoint.weight > 0 and endpoint.state is not EndpointState.HEALTHY
    ]


def ensure_item(
    instance: Instance, base: str, outputs: Mapping[str, Any], clock: SystemClock
) -> None:
    """Store `foobar` by the service, unless it is stored, and wait until all Regions have it.

    Raises NotServing.
    """
    step = ProgressStep(ITEM)
    try:
        if call_service(base, "GET", f"/get/{ITEM}").status == 200:
            step.note("is stored")
            return
        created = call_service(base, "POST", "/create", {"item_id": ITEM})
    except OSError as exc:
        raise NotServing(f"{base} does not answer: {exc}; see `twin status`") from exc
    if created.status != 201:
        body = created.body.decode(errors="replace")[:200]
        raise NotServing(f"POST {base}/create answers {created.status}: {body}")
    _wait_until_replicated(instance, outputs, clock, step)


def _wait_until_replicated(
    instance: Instance, outputs: Mapping[str, Any], clock: SystemClock, step: ProgressStep
) -> None:
    """Wait until every Region's replica has the item: replication is asynchronous."""
    deadline = clock.monotonic() + STORED_WITHIN_S
    for region in outputs["regions"]:
        tables = root_client(instance, "dynamodb", region)
        key = {"item_id": {"S": ITEM}}
        while "Item" not in tables.get_item(TableName=outputs["table"], Key=key):
            if clock.monotonic() > deadline:
                raise NotServing(f"{region} has no {ITEM} after {STORED_WITHIN_S:.0f} s")
            step.update(f"waiting for {region}")
            clock.wait(_POLL_S)
    step.done("stored, and in every Region")
