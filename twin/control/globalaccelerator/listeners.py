"""Operations on listeners."""

from dataclasses import replace
from typing import Any

from twin.control.globalaccelerator import model, response_bodies
from twin.control.globalaccelerator.call_context import (
    CallContext,
    OperationResult,
    RequestParams,
    ResponseBody,
)
from twin.control.globalaccelerator.idempotency import create_once
from twin.control.globalaccelerator.model import GlobalAcceleratorState, Listener
from twin.control.globalaccelerator.pagination import take_page
from twin.control.globalaccelerator.validation import check_listener_quota, parse_port_ranges


def create(
    state: GlobalAcceleratorState, context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateListener.html."""
    ranges: Any = params["PortRanges"]
    protocol: Any = params["Protocol"]
    affinity: Any = params.get("ClientAffinity", "NONE")

    def make() -> tuple[GlobalAcceleratorState, str]:
        owner = model.find_accelerator(state, str(params["AcceleratorArn"]))
        check_listener_quota(owner)
        made = Listener(
            arn=f"{owner.arn}/listener/{context.hex(8)}",
            port_ranges=parse_port_ranges(ranges, owner, ""),
            protocol=protocol,
            client_affinity=affinity,
        )
        return model.put_listener(state, owner.arn, made, context.now), made.arn

    return create_once(state, "CreateListener", params, make, _show)


def describe(
    state: GlobalAcceleratorState, _context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DescribeListener.html."""
    return state, _show(state, str(params["ListenerArn"]))


def update(
    state: GlobalAcceleratorState, context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateListener.html."""
    owner, found = model.find_listener(state, str(params["ListenerArn"]))
    ranges: Any = params.get("PortRanges")
    protocol: Any = params.get("Protocol", found.protocol)
    affinity: Any = params.get("ClientAffinity", found.client_affinity)
    kept = found.port_ranges
    changed = replace(
        found,
        port_ranges=kept if ranges is None else parse_port_ranges(ranges, owner, found.arn),
        protocol=protocol,
        client_affinity=affinity,
    )
    fresh = model.put_listener(state, owner.arn, changed, context.now)
    return fresh, _show(fresh, found.arn)


def delete(
    state: GlobalAcceleratorState, context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteListener.html."""
    return model.delete_listener(state, str(params["ListenerArn"]), context.now), {}


def list_all(
    state: GlobalAcceleratorState, _context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListListeners.html."""
    owner = model.find_accelerator(state, str(params["AcceleratorArn"]))
    shown, token = take_page(owner.listeners, params, f"listeners of {owner.arn}")
    answer: ResponseBody = {"Listeners": [response_bodies.listener(item) for item in shown]}
    return state, answer | ({"NextToken": token} if token else {})


def _show(state: GlobalAcceleratorState, arn: str) -> ResponseBody:
    return {"Listener": response_bodies.listener(model.find_listener(state, arn)[1])}
