"""Operations on endpoint groups and their endpoints."""

from dataclasses import replace
from typing import Any

from twin.control.globalaccelerator import model
from twin.control.globalaccelerator.call_context import (
    CallContext,
    OperationResult,
    Params,
    ResponseBody,
    create_once,
)
from twin.control.globalaccelerator.documents import (
    endpoint_description_documents,
    endpoint_group_document,
    page_body,
)
from twin.control.globalaccelerator.errors import InvalidArgument
from twin.control.globalaccelerator.model import AcceleratorRecord, ServiceState
from twin.control.globalaccelerator.validation import (
    check_endpoint_quota,
    check_health_check_interval,
    check_new_endpoint_group,
    parse_endpoints,
    parse_port_overrides,
)
from twin.topology.model import AcceleratorListener, EndpointGroup


def create_endpoint_group(
    state: ServiceState, context: CallContext, params: Params
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateEndpointGroup.html."""

    def create_resource() -> tuple[ServiceState, str]:
        owner, parent = model.find_listener(state, str(params["ListenerArn"]))
        region = str(params["EndpointGroupRegion"])
        check_new_endpoint_group(owner, parent, region)
        arn = f"{parent.arn}/endpoint-group/{context.hex(12)}"
        empty = EndpointGroup(arn=arn, region=region)
        created = _apply_params(empty, owner, parent, context, params)
        return model.put_endpoint_group(state, parent.arn, created, context.now), arn

    return create_once(
        state,
        "CreateEndpointGroup",
        params,
        create_resource,
        lambda after, arn: _endpoint_group_body(after, arn, context),
    )


def describe_endpoint_group(
    state: ServiceState, context: CallContext, params: Params
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DescribeEndpointGroup.html."""
    return state, _endpoint_group_body(state, _arn(params), context)


def update_endpoint_group(
    state: ServiceState, context: CallContext, params: Params
) -> OperationResult:
    """Change the settings that are given; `EndpointConfigurations` replaces all endpoints.

    https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateEndpointGroup.html
    """
    owner, parent, group = model.find_endpoint_group(state, _arn(params))
    changed = _apply_params(group, owner, parent, context, params)
    updated = model.put_endpoint_group(state, parent.arn, changed, context.now)
    return updated, _endpoint_group_body(updated, group.arn, context)


def delete_endpoint_group(
    state: ServiceState, context: CallContext, params: Params
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteEndpointGroup.html."""
    return model.remove_endpoint_group(state, _arn(params), context.now), {}


def list_endpoint_groups(
    state: ServiceState, context: CallContext, params: Params
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListEndpointGroups.html."""
    _, parent = model.find_listener(state, str(params["ListenerArn"]))

    def render(group: EndpointGroup) -> ResponseBody:
        return endpoint_group_document(group, parent, context)

    list_name = f"groups of {parent.arn}"
    return state, page_body("EndpointGroups", parent.groups, render, params, list_name)


def add_endpoints(state: ServiceState, context: CallContext, params: Params) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_AddEndpoints.html.

    AWS declares no error for an endpoint that is in the group already: InvalidArgument here.
    """
    _, parent, group = model.find_endpoint_group(state, _arn(params))
    raw: Any = params["EndpointConfigurations"]
    added = parse_endpoints(raw, group.region, context.load_balancers)
    old_ids = {endpoint.id for endpoint in group.endpoints}
    for endpoint in added:
        if endpoint.id in old_ids:
            raise InvalidArgument(f"EndpointId: '{endpoint.id}' is in '{group.arn}' already.")
    check_endpoint_quota(group, len(old_ids) + len(added))
    changed = replace(group, endpoints=(*group.endpoints, *added))
    updated = model.put_endpoint_group(state, parent.arn, changed, context.now)
    body: ResponseBody = {
        "EndpointDescriptions": endpoint_description_documents(
            replace(group, endpoints=added), context
        ),
        "EndpointGroupArn": group.arn,
    }
    return updated, body


def remove_endpoints(state: ServiceState, context: CallContext, params: Params) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_RemoveEndpoints.html."""
    _, parent, group = model.find_endpoint_group(state, _arn(params))
    raw: Any = params["EndpointIdentifiers"]
    removed_ids = {entry["EndpointId"] for entry in raw}
    for unknown in sorted(removed_ids - {endpoint.id for endpoint in group.endpoints}):
        raise InvalidArgument(f"EndpointId: '{unknown}' is not in '{group.arn}'.")
    kept = tuple(endpoint for endpoint in group.endpoints if endpoint.id not in removed_ids)
    changed = replace(group, endpoints=kept)
    return model.put_endpoint_group(state, parent.arn, changed, context.now), {}


def _apply_params(
    group: EndpointGroup,
    owner: AcceleratorRecord,
    parent: AcceleratorListener,
    context: CallContext,
    params: Params,
) -> EndpointGroup:
    """Check the parameters that are given, and set them."""
    given: dict[str, Any] = dict(params)
    changed = replace(
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
        changed = replace(changed, endpoints=endpoints)
    if "PortOverrides" in given:
        overrides = parse_port_overrides(given["PortOverrides"], owner, parent)
        changed = replace(changed, port_overrides=overrides)
    return changed


def _endpoint_group_body(state: ServiceState, arn: str, context: CallContext) -> ResponseBody:
    _, parent, group = model.find_endpoint_group(state, arn)
    return {"EndpointGroup": endpoint_group_document(group, parent, context)}


def _arn(params: Params) -> str:
    return str(params["EndpointGroupArn"])
