"""After a deployment: wait until it is healthy, store the item `foobar` and the sample items."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from common.clock import SystemClock
from common.network.http_client import HttpResponse
from tools.local.front_doors.service_doors import DnsDoor, ServiceDoor
from tools.local.identities import root_client
from tools.sample_data import find_sample_items, store_missing_items
from tools.setup.progress import ProgressStep
from twin.errors import TwinError
from twin.internal_api.schemas import EdgeStatus, EndpointState
from twin.runtime.instance import Instance

ITEM = "foobar"
HEALTHY_WITHIN_S = 60.0
REACHABLE_WITHIN_S = 60.0
CREATED_WITHIN_S = 30.0
READ_WITHIN_S = 30.0
STORED_WITHIN_S = 30.0
_POLL_S = 0.1


class NotServing(TwinError):
    """The deployed system gave a wrong answer or none."""


def wait_until_healthy(
    read_edge: Callable[[], EdgeStatus | None],
    find_causes: Callable[[str], Sequence[str]],
    clock: SystemClock,
) -> None:
    """Wait until the edge sees every endpoint as healthy; on a time-out, print which is not.

    `find_causes`: what keeps a Region from being healthy on purpose; it is printed at once. It is
    asked again when other endpoints are waited for.
    """
    step = ProgressStep("health")
    deadline = clock.monotonic() + HEALTHY_WITHIN_S
    told: set[str] = set()
    causes: dict[str, Sequence[str]] = {}
    while waiting := _unhealthy_endpoints(edge := read_edge()):
        if waiting.keys() != causes.keys():
            causes = {region: find_causes(region) for region in waiting if region}
        for line in [f"{region}: {why}" for region in causes for why in causes[region]]:
            if line not in told:
                step.note(line)
                told.add(line)
        names = ", ".join(waiting.values())
        if clock.monotonic() > deadline:
            hint = "" if told else "; `muster status` shows more"
            step.note(f"not healthy after {HEALTHY_WITHIN_S:.0f} s: {names}{hint}")
            return
        step.update(f"waiting for {names}")
        clock.wait(_POLL_S)
    step.done("every endpoint is healthy")
    for region in _regions_without_traffic(edge):
        step.note(f"{region}: its dial is at 0: `muster dial {region} 100` gives it traffic again")


def _regions_without_traffic(edge: EdgeStatus | None) -> list[str]:
    return [
        group.region
        for accelerator in (edge.accelerators if edge else ())
        for listener in accelerator.listeners
        for group in listener.groups
        if not group.dial
    ]


def _unhealthy_endpoints(edge: EdgeStatus | None) -> dict[str, str]:
    """Region -> it and the state of its endpoint that the edge does not see as healthy.

    The edge itself is of no Region.
    """
    if edge is None:
        return {"": "the edge"}
    return {
        group.region: f"{group.region} ({endpoint.state})"
        for accelerator in edge.accelerators
        for listener in accelerator.listeners
        for group in listener.groups
        for endpoint in group.endpoints
        if endpoint.weight > 0 and endpoint.state is not EndpointState.HEALTHY
    }


def wait_until_reachable(door: DnsDoor, clock: SystemClock) -> None:
    """Wait until the name resolves and the service answers with TLS.

    Resolvers keep that a name did not exist for up to 15 minutes, so their caches are emptied
    before each further attempt. Raises NotServing, NotRunning.
    """
    step = ProgressStep("DNS")
    deadline = clock.monotonic() + REACHABLE_WITHIN_S
    while True:
        try:
            status = door.call("GET", "/health").status
        except OSError as exc:
            status, reason = 0, str(exc)
            door.flush_resolvers()
        else:
            reason = f"/health answers {status}"
        if status == HTTPStatus.OK:
            step.done(f"{door.base} answers")
            return
        if clock.monotonic() > deadline:
            raise NotServing(f"{door.base} does not answer: {reason}; see `twin status`")
        step.update(f"waiting for {door.base}: {reason}")
        clock.wait(_POLL_S)


def ensure_item(
    instance: Instance, door: ServiceDoor, outputs: Mapping[str, Any], clock: SystemClock
) -> None:
    """Store `foobar` by the service, unless it is stored, and wait until all Regions have it.

    A function that has just been started, on a busy machine, may have no time left for its table:
    what it does not answer, or answers with 5xx, is repeated. Raises NotServing.
    """
    step = ProgressStep(ITEM)
    deadline = clock.monotonic() + CREATED_WITHIN_S
    if _is_stored(door):
        step.note("is stored")
        return
    while problem := _try_to_create(door):
        if clock.monotonic() > deadline:
            raise NotServing(problem)
        step.update("is sent again")
        clock.wait(_POLL_S)
    _wait_until_replicated(instance, outputs, clock, step)


def _is_stored(door: ServiceDoor) -> bool:
    return not isinstance(_try_to_read(door), str)


def _try_to_read(door: ServiceDoor) -> HttpResponse | str:
    """The item's page, or why there is none."""
    try:
        answer = door.call("GET", f"/get/{ITEM}")
    except OSError as exc:
        return f"{door.base} does not answer: {exc}; see `twin status`"
    if answer.status == HTTPStatus.OK:
        return answer
    body = answer.body.decode(errors="replace")[:200]
    return f"GET {door.base}/get/{ITEM} answers {answer.status}: {body}"


def read_item(door: ServiceDoor, clock: SystemClock) -> str:
    """The page of `foobar`; what has no good answer is repeated for a while. Raises NotServing."""
    deadline = clock.monotonic() + READ_WITHIN_S
    while isinstance(answer := _try_to_read(door), str):
        if clock.monotonic() > deadline:
            raise NotServing(answer)
        clock.wait(_POLL_S)
    return answer.body.decode(errors="replace")


def _try_to_create(door: ServiceDoor) -> str:
    """Why the item is not stored; empty if it is. Raises NotServing if it is refused."""
    try:
        created = door.call("POST", "/create", {"item_id": ITEM})
    except OSError as exc:
        return f"{door.base} does not answer: {exc}; see `twin status`"
    if created.status in (HTTPStatus.CREATED, HTTPStatus.CONFLICT):
        return ""  # a conflict: an attempt without an answer stored it, in another Region
    body = created.body.decode(errors="replace")[:200]
    problem = f"POST {door.base}/create answers {created.status}: {body}"
    if created.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise NotServing(problem)
    return problem


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


def ensure_sample_items(outputs: Mapping[str, Any], make_client: Callable[[], Any]) -> None:
    """Store the services' sample items that are missing, in the home Region by its client."""
    tables: Mapping[str, str] = outputs.get("services") or {}
    samples = {table: find_sample_items(service) for service, table in tables.items()}
    if not any(samples.values()):
        return
    step = ProgressStep("sample items")
    client = make_client()
    stored = sum(store_missing_items(client, table, items) for table, items in samples.items())
    step.done(f"{stored} stored") if stored else step.note("are stored")
