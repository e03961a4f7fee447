"""Operations on endpoint groups and their endpoints."""

from dataclasses import replace
from typing import Any

from twin.control.globalaccelerator import model, response_bodies
from twin.control.globalaccelerator.call_context import (
    CallContext,
    OperationResult,
    RequestParams,
    ResponseBody,
)
from twin.control.globalaccelerator.errors import InvalidArgument
from twin.control.globalaccelerator.idempotency import create_once
from twin.control.globalaccelerator.model import (
    AcceleratorRecord,
    EndpointGroup,
    GlobalAcceleratorState,
    Listener,
)
from twin.control.globalaccelerator.pagination import take_page
from twin.control.globalaccelerator.validation import (
    check_endpoint_quota,
    check_health_check_interval,
    check_new_endpoint_group,
    parse_endpoints,
    parse_port_overrides,
)


def create(
    state: GlobalAcceleratorState, context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateEndpointGroup.html."""

    def make() -> tuple[GlobalAcceleratorState, str]:
        owner, parent = model.find_listener(state, str(params["ListenerArn"]))
        region = str(params["EndpointGroupRegion"])
        check_new_endpoint_group(owner, parent, region)
        arn = f"{parent.arn}/endpoint-group/{context.hex(12)}"
        empty = EndpointGroup(arn=arn, region=region)
        made = _changed(empty, owner, parent, context, params)
        return model.put_endpoint_group(state, parent.arn, made, context.now), arn

    return create_once(
        state, "CreateEndpointGroup", params, make, lambda now, arn: _show(now, arn, context)
    )


def describe(
    state: GlobalAcceleratorState, context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DescribeEndpointGroup.html."""
    return state, _show(state, _arn(params), context)


def update(
    state: GlobalAcceleratorState, context: CallContext, params: RequestParams
) -> OperationResult:
    """What is given replaces, what is left out stays; endpoints are replaced as a whole list.

    https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateEndpointGroup.html
    """
    owner, parent, found = model.find_endpoint_group(state, _arn(params))
    changed = _changed(found, owner, parent, context, params)
    fresh = model.put_endpoint_group(state, parent.arn, changed, context.now)
    return fresh, _show(fresh, found.arn, context)


def delete(
    state: GlobalAcceleratorState, context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteEndpointGroup.html."""
    return model.delete_endpoint_group(state, _arn(params), context.now), {}


def list_all(
    state: GlobalAcceleratorState, context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListEndpointGroups.html."""
    _, parent = model.find_listener(state, str(params["ListenerArn"]))
    shown, token = take_page(parent.groups, params, f"groups of {parent.arn}")
    answer: ResponseBody = {
        "EndpointGroups": [
            response_bodies.endpoint_group(group, parent, context) for group in shown
        ]
    }
    return state, answer | ({"NextToken": token} if token else {})


def add_endpoints(
    state: GlobalAcceleratorState, context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_AddEndpoints.html.

    It declares no error of its own for an endpoint that is there already: InvalidArgument here.
    """
    _, parent, found = model.find_endpoint_group(state, _arn(params))
    raw: Any = params["EndpointConfigurations"]
    added = parse_endpoints(raw, found.region, context.load_balancers)
    old = {endpoint.id for endpoint in found.endpoints}
    for endpoint in added:
        if endpoint.id in old:
            raise InvalidArgument(f"EndpointId: '{endpoint.id}' is in '{found.arn}' already.")
    check_endpoint_quota(found, len(old) + len(added))
    changed = replace(found, endpoints=(*found.endpoints, *added))
    fresh = model.put_endpoint_group(state, parent.arn, changed, context.now)
    answer: ResponseBody = {
        "EndpointDescriptions": response_bodies.descriptions(
            replace(found, endpoints=added), context
        ),
        "EndpointGroupArn": found.arn,
    }
    return fresh, answer


def remove_endpoints(
    state: GlobalAcceleratorState, context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_RemoveEndpoints.html."""
    _, parent, found = model.find_endpoint_group(state, _arn(params))
    raw: Any = params["EndpointIdentifiers"]
    gone = {entry["EndpointId"] for entry in raw}
    for unknown in sorted(gone - {endpoint.id for endpoint in found.endpoints}):
        raise InvalidArgument(f"EndpointId: '{unknown}' is not in '{found.arn}'.")
    kept = tuple(endpoint for endpoint in found.endpoints if endpoint.id not in gone)
    changed = replace(found, endpoints=kept)
    return model.put_endpoint_group(state, parent.arn, changed, context.now), {}


def _changed(
    group: EndpointGroup,
    owner: AcceleratorRecord,
    parent: Listener,
    context: CallContext,
    params: RequestParams,
) -> EndpointGroup:
    """The group with the parameters that are given, each checked."""
    given: dict[str, Any] = dict(params)
    fresh = replace(
        group,
        dial=float(given.get("TrafficDialPercentage", group.dial)),
        health_check_port=given.get("HealthCheckPort", group.health_check_port),
        health_check_protocol=given.get("HealthCheckProtocol", group.health_check_protocol),
        health_check_path=given.get("HealthCheckPath", group.health_check_path),
        health_check_interval_s=check_health_check_interval(
            given.get("HealthCheckIntervalSeconds", group.health_check_interval_s)
        ),
        threshold=given.get("ThresholdCount", group.threshold),
    )
    if "EndpointConfigurations" in given:
        endpoints = parse_endpoints(
            given["EndpointConfigurations"], group.region, context.load_balancers
        )
        check_endpoint_quota(group, len(endpoints))
        fresh = replace(fresh, endpoints=endpoints)
    if "PortOverrides" in given:
        overrides = parse_port_overrides(given["PortOverrides"], owner, parent)
        fresh = replace(fresh, port_overrides=overrides)
    return fresh


def _show(state: GlobalAcceleratorState, arn: str, context: CallContext) -> ResponseBody:
    _, parent, found = model.find_endpoint_group(state, arn)
    return {"EndpointGroup": response_bodies.endpoint_group(found, parent, context)}


def _arn(params: RequestParams) -> str:
    return str(params["EndpointGroupArn"])
