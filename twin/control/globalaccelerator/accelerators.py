"""Operations on accelerators, their attributes and their tags."""

from dataclasses import replace
from typing import Any

from twin.control.globalaccelerator import model, render, validation
from twin.control.globalaccelerator.context import Answer, Context, Outcome, Params
from twin.control.globalaccelerator.errors import InvalidArgument
from twin.control.globalaccelerator.idempotency import once
from twin.control.globalaccelerator.model import Accelerator, Attributes, State
from twin.control.globalaccelerator.pagination import page


def create(state: State, context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html."""

    def make() -> tuple[State, str]:
        validation.address_type(params)
        validation.another_accelerator(state)
        made = Accelerator(
            arn=f"arn:aws:globalaccelerator::{context.account}:accelerator/{context.uuid()}",
            name=validation.name(str(params["Name"])),
            enabled=bool(params.get("Enabled", True)),
            ordinal=model.free_ordinal(state),
            dns_name=f"a{context.hex(16)}.awsglobalaccelerator.com",
            created=context.now,
            modified=context.now,
            tags=_checked_tags({}, params),
        )
        return model.put_accelerator(state, made), made.arn

    return once(state, "CreateAccelerator", params, make, lambda now, arn: _show(now, arn, context))


def describe(state: State, context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DescribeAccelerator.html."""
    return state, _show(state, _arn(params), context)


def update(state: State, context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateAccelerator.html."""
    found = model.accelerator(state, _arn(params))
    validation.address_type(params)
    name = validation.name(str(params.get("Name", found.name)))
    enabled = bool(params.get("Enabled", found.enabled))
    changed = model.change_accelerator(
        state, found.arn, lambda a: replace(a, name=name, enabled=enabled), context.now
    )
    return changed, _show(changed, found.arn, context)


def delete(state: State, _context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteAccelerator.html."""
    return model.delete_accelerator(state, _arn(params)), {}


def list_all(state: State, context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListAccelerators.html."""
    shown, token = page(state.accelerators, params, "accelerators")
    answer: Answer = {"Accelerators": [render.accelerator(a, context) for a in shown]}
    return state, answer | ({"NextToken": token} if token else {})


# -- attributes


def describe_attributes(state: State, _context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DescribeAcceleratorAttributes.html."""
    found = model.accelerator(state, _arn(params))
    return state, {"AcceleratorAttributes": render.attributes(found.attributes)}


def update_attributes(state: State, context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateAcceleratorAttributes.html."""
    found = model.accelerator(state, _arn(params))
    old = found.attributes
    fresh = Attributes(
        flow_logs_enabled=bool(params.get("FlowLogsEnabled", old.flow_logs_enabled)),
        flow_logs_s3_bucket=str(params.get("FlowLogsS3Bucket", old.flow_logs_s3_bucket)),
        flow_logs_s3_prefix=str(params.get("FlowLogsS3Prefix", old.flow_logs_s3_prefix)),
    )
    if fresh.flow_logs_enabled and not fresh.flow_logs_s3_bucket:
        raise InvalidArgument("FlowLogsS3Bucket: required when FlowLogsEnabled is true.")
    changed = model.change_accelerator(
        state, found.arn, lambda a: replace(a, attributes=fresh), context.now
    )
    return changed, {"AcceleratorAttributes": render.attributes(fresh)}


# -- tags


def tag(state: State, _context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_TagResource.html."""
    found = _tagged(state, params)
    return _with_tags(state, found, _checked_tags(found.tags, params)), {}


def untag(state: State, _context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UntagResource.html."""
    found = _tagged(state, params)
    gone: Any = params["TagKeys"]
    return _with_tags(state, found, {k: v for k, v in found.tags.items() if k not in gone}), {}


def list_tags(state: State, _context: Context, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListTagsForResource.html."""
    arn = str(params["ResourceArn"])
    # Listeners and groups have no tags of their own, but the operation knows them.
    if "/endpoint-group/" in arn:
        model.endpoint_group(state, arn)
        return state, {"Tags": []}
    if "/listener/" in arn:
        model.listener(state, arn)
        return state, {"Tags": []}
    return state, {"Tags": render.tags(model.accelerator(state, arn).tags)}


def _tagged(state: State, params: Params) -> Accelerator:
    return model.accelerator(state, str(params["ResourceArn"]))


def _with_tags(state: State, found: Accelerator, tags: dict[str, str]) -> State:
    """Tags are no configuration: the accelerator's status stays what it is."""
    return model.put_accelerator(state, replace(found, tags=tags))


def _checked_tags(old: dict[str, str], params: Params) -> dict[str, str]:
    raw: Any = params.get("Tags") or []
    return dict(validation.tags(old | {entry["Key"]: entry["Value"] for entry in raw}))


def _show(state: State, arn: str, context: Context) -> Answer:
    return {"Accelerator": render.accelerator(model.accelerator(state, arn), context)}


def _arn(params: Params) -> str:
    return str(params["AcceleratorArn"])
