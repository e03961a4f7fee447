"""Operations on listeners."""

from dataclasses import replace
from typing import Any

from twin.control.globalaccelerator import model, render, validation
from twin.control.globalaccelerator.context import Answer, Context, Outcome, Params
from twin.control.globalaccelerator.idempotency import once
from twin.control.globalaccelerator.model import Listener, State
from twin.control.globalaccelerator.pagination import page


def create(state: State, context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateListener.html."""
    ranges: Any = params["PortRanges"]
    protocol: Any = params["Protocol"]
    affinity: Any = params.get("ClientAffinity", "NONE")

    def make() -> tuple[State, str]:
        owner = model.accelerator(state, str(params["AcceleratorArn"]))
        validation.another_listener(owner)
        made = Listener(
            arn=f"{owner.arn}/listener/{context.hex(8)}",
            port_ranges=validation.port_ranges(ranges, owner, ""),
            protocol=protocol,
            client_affinity=affinity,
        )
        return model.put_listener(state, owner.arn, made, context.now), made.arn

    return once(state, "CreateListener", params, make, _show)


def describe(state: State, _context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DescribeListener.html."""
    return state, _show(state, str(params["ListenerArn"]))


def update(state: State, context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateListener.html."""
    owner, found = model.listener(state, str(params["ListenerArn"]))
    ranges: Any = params.get("PortRanges")
    protocol: Any = params.get("Protocol", found.protocol)
    affinity: Any = params.get("ClientAffinity", found.client_affinity)
    kept = found.port_ranges
    changed = replace(
        found,
        port_ranges=kept if ranges is None else validation.port_ranges(ranges, owner, found.arn),
        protocol=protocol,
        client_affinity=affinity,
    )
    fresh = model.put_listener(state, owner.arn, changed, context.now)
    return fresh, _show(fresh, found.arn)


def delete(state: State, context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteListener.html."""
    return model.delete_listener(state, str(params["ListenerArn"]), context.now), {}


def list_all(state: State, _context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListListeners.html."""
    owner = model.accelerator(state, str(params["AcceleratorArn"]))
    shown, token = page(owner.listeners, params, f"listeners of {owner.arn}")
    answer: Answer = {"Listeners": [render.listener(item) for item in shown]}
    return state, answer | ({"NextToken": token} if token else {})


def _show(state: State, arn: str) -> Answer:
    return {"Listener": render.listener(model.listener(state, arn)[1])}
