"""Operations on listeners."""

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
from twin.control.globalaccelerator.documents import listener_document, page_body
from twin.control.globalaccelerator.model import ServiceState
from twin.control.globalaccelerator.validation import check_listener_quota, parse_port_ranges
from twin.topology.model import AcceleratorListener


def create_listener(state: ServiceState, context: CallContext, params: Params) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateListener.html."""
    ranges: Any = params["PortRanges"]
    protocol: Any = params["Protocol"]
    affinity: Any = params.get("ClientAffinity", "NONE")

    def create_resource() -> tuple[ServiceState, str]:
        owner = model.find_accelerator(state, str(params["AcceleratorArn"]))
        check_listener_quota(owner)
        created = AcceleratorListener(
            arn=f"{owner.arn}/listener/{context.hex(8)}",
            port_ranges=parse_port_ranges(ranges, owner, ""),
            protocol=protocol,
            client_affinity=affinity,
        )
        return model.put_listener(state, owner.arn, created, context.now), created.arn

    return create_once(state, "CreateListener", params, create_resource, _listener_body)


def describe_listener(
    state: ServiceState, _context: CallContext, params: Params
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DescribeListener.html."""
    return state, _listener_body(state, str(params["ListenerArn"]))


def update_listener(state: ServiceState, context: CallContext, params: Params) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateListener.html."""
    owner, listener = model.find_listener(state, str(params["ListenerArn"]))
    ranges: Any = params.get("PortRanges")
    protocol: Any = params.get("Protocol", listener.protocol)
    affinity: Any = params.get("ClientAffinity", listener.client_affinity)
    port_ranges = listener.port_ranges
    if ranges is not None:
        port_ranges = parse_port_ranges(ranges, owner, listener.arn)
    changed = replace(
        listener,
        port_ranges=port_ranges,
        protocol=protocol,
        client_affinity=affinity,
    )
    updated = model.put_listener(state, owner.arn, changed, context.now)
    return updated, _listener_body(updated, listener.arn)


def delete_listener(state: ServiceState, context: CallContext, params: Params) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteListener.html."""
    return model.remove_listener(state, str(params["ListenerArn"]), context.now), {}


def list_listeners(state: ServiceState, _context: CallContext, params: Params) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListListeners.html."""
    owner = model.find_accelerator(state, str(params["AcceleratorArn"]))
    list_name = f"listeners of {owner.arn}"
    return state, page_body("Listeners", owner.listeners, listener_document, params, list_name)


def _listener_body(state: ServiceState, arn: str) -> ResponseBody:
    return {"Listener": listener_document(model.find_listener(state, arn)[1])}
