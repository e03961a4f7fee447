"""Operations on endpoint groups and their endpoints."""

from dataclasses import replace
from typing import Any

from twin.control.globalaccelerator import model, render, validation
from twin.control.globalaccelerator.context import Answer, Context, Outcome, Params
from twin.control.globalaccelerator.errors import InvalidArgument
from twin.control.globalaccelerator.idempotency import once
from twin.control.globalaccelerator.model import Accelerator, EndpointGroup, Listener, State
from twin.control.globalaccelerator.pagination import page


def create(state: State, context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateEndpointGroup.html."""

    def make() -> tuple[State, str]:
        owner, parent = model.listener(state, str(params["ListenerArn"]))
        region = str(params["EndpointGroupRegion"])
        validation.another_group(owner, parent, region)
        arn = f"{parent.arn}/endpoint-group/{context.hex(12)}"
        empty = EndpointGroup(arn=arn, region=region)
        made = _changed(empty, owner, parent, context, params)
        return model.put_endpoint_group(state, parent.arn, made, context.now), arn

    return once(
        state, "CreateEndpointGroup", params, make, lambda now, arn: _show(now, arn, context)
    )


def describe(state: State, context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DescribeEndpointGroup.html."""
    return state, _show(state, _arn(params), context)


def update(state: State, context: Context, params: Params) -> Outcome:
    """What is given replaces, what is left out stays; endpoints are replaced as a whole list.

    https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateEndpointGroup.html
    """
    owner, parent, found = model.endpoint_group(state, _arn(params))
    changed = _changed(found, owner, parent, context, params)
    fresh = model.put_endpoint_group(state, parent.arn, changed, context.now)
    return fresh, _show(fresh, found.arn, context)


def delete(state: State, context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteEndpointGroup.html."""
    return model.delete_endpoint_group(state, _arn(params), context.now), {}


def list_all(state: State, context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListEndpointGroups.html."""
    _, parent = model.listener(state, str(params["ListenerArn"]))
    shown, token = page(parent.groups, params, f"groups of {parent.arn}")
    answer: Answer = {
        "EndpointGroups": [render.endpoint_group(group, parent, context) for group in shown]
    }
    return state, answer | ({"NextToken": token} if token else {})


def add_endpoints(state: State, context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_AddEndpoints.html.

    It declares no error of its own for an endpoint that is there already: InvalidArgument here.
    """
    _, parent, found = model.endpoint_group(state, _arn(params))
    raw: Any = params["EndpointConfigurations"]
    added = validation.endpoints(raw, found.region, context.load_balancers)
    old = {endpoint.id for endpoint in found.endpoints}
    for endpoint in added:
        if endpoint.id in old:
            raise InvalidArgument(f"EndpointId: '{endpoint.id}' is in '{found.arn}' already.")
    validation.room_for(found, len(old) + len(added))
    changed = replace(found, endpoints=(*found.endpoints, *added))
    fresh = model.put_endpoint_group(state, parent.arn, changed, context.now)
    answer: Answer = {
        "EndpointDescriptions": render.descriptions(replace(found, endpoints=added), context),
        "EndpointGroupArn": found.arn,
    }
    return fresh, answer


def remove_endpoints(state: State, context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_RemoveEndpoints.html."""
    _, parent, found = model.endpoint_group(state, _arn(params))
    raw: Any = params["EndpointIdentifiers"]
    gone = {entry["EndpointId"] for entry in raw}
    for unknown in sorted(gone - {endpoint.id for endpoint in found.endpoints}):
        raise InvalidArgument(f"EndpointId: '{unknown}' is not in '{found.arn}'.")
    kept = tuple(endpoint for endpoint in found.endpoints if endpoint.id not in gone)
    changed = replace(found, endpoints=kept)
    return model.put_endpoint_group(state, parent.arn, changed, context.now), {}


def _changed(
    group: EndpointGroup, owner: Accelerator, parent: Listener, context: Context, params: Params
) -> EndpointGroup:
    """The group with the parameters that are given, each checked."""
    given: dict[str, Any] = dict(params)
    fresh = replace(
        group,
        dial=float(given.get("TrafficDialPercentage", group.dial)),
        health_check_port=given.get("HealthCheckPort", group.health_check_port),
        health_check_protocol=given.get("HealthCheckProtocol", group.health_check_protocol),
        health_check_path=given.get("HealthCheckPath", group.health_check_path),
        health_check_interval_s=validation.health_check_interval(
            given.get("HealthCheckIntervalSeconds", group.health_check_interval_s)
        ),
        threshold=given.get("ThresholdCount", group.threshold),
    )
    if "EndpointConfigurations" in given:
        endpoints = validation.endpoints(
            given["EndpointConfigurations"], group.region, context.load_balancers
        )
        validation.room_for(group, len(endpoints))
        fresh = replace(fresh, endpoints=endpoints)
    if "PortOverrides" in given:
        overrides = validation.port_overrides(given["PortOverrides"], owner, parent)
        fresh = replace(fresh, port_overrides=overrides)
    return fresh


def _show(state: State, arn: str, context: Context) -> Answer:
    _, parent, found = model.endpoint_group(state, arn)
    return {"EndpointGroup": render.endpoint_group(found, parent, context)}


def _arn(params: Params) -> str:
    return str(params["EndpointGroupArn"])
