"""Operations on accelerators, their attributes and their tags."""

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
    AcceleratorAttributes,
    AcceleratorRecord,
    GlobalAcceleratorState,
)
from twin.control.globalaccelerator.pagination import take_page
from twin.control.globalaccelerator.validation import (
    check_accelerator_quota,
    check_address_type,
    check_name,
    check_tags,
)


def create(
    state: GlobalAcceleratorState, context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html."""

    def make() -> tuple[GlobalAcceleratorState, str]:
        check_address_type(params)
        check_accelerator_quota(state)
        made = AcceleratorRecord(
            arn=f"arn:aws:globalaccelerator::{context.account}:accelerator/{context.uuid()}",
            name=check_name(str(params["Name"])),
            enabled=bool(params.get("Enabled", True)),
            ordinal=model.find_free_ordinal(state),
            dns_name=f"a{context.hex(16)}.awsglobalaccelerator.com",
            created=context.now,
            modified=context.now,
            tags=_checked_tags({}, params),
        )
        return model.put_accelerator(state, made), made.arn

    return create_once(
        state, "CreateAccelerator", params, make, lambda now, arn: _show(now, arn, context)
    )


def describe(
    state: GlobalAcceleratorState, context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DescribeAccelerator.html."""
    return state, _show(state, _arn(params), context)


def update(
    state: GlobalAcceleratorState, context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateAccelerator.html."""
    found = model.find_accelerator(state, _arn(params))
    check_address_type(params)
    name = check_name(str(params.get("Name", found.name)))
    enabled = bool(params.get("Enabled", found.enabled))
    changed = model.change_accelerator(
        state, found.arn, lambda a: replace(a, name=name, enabled=enabled), context.now
    )
    return changed, _show(changed, found.arn, context)


def delete(
    state: GlobalAcceleratorState, _context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteAccelerator.html."""
    return model.delete_accelerator(state, _arn(params)), {}


def list_all(
    state: GlobalAcceleratorState, context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListAccelerators.html."""
    shown, token = take_page(state.accelerators, params, "accelerators")
    answer: ResponseBody = {
        "Accelerators": [response_bodies.accelerator(a, context) for a in shown]
    }
    return state, answer | ({"NextToken": token} if token else {})


# -- attributes


def describe_attributes(
    state: GlobalAcceleratorState, _context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DescribeAcceleratorAttributes.html."""
    found = model.find_accelerator(state, _arn(params))
    return state, {"AcceleratorAttributes": response_bodies.attributes(found.attributes)}


def update_attributes(
    state: GlobalAcceleratorState, context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateAcceleratorAttributes.html."""
    found = model.find_accelerator(state, _arn(params))
    old = found.attributes
    fresh = AcceleratorAttributes(
        flow_logs_enabled=bool(params.get("FlowLogsEnabled", old.flow_logs_enabled)),
        flow_logs_s3_bucket=str(params.get("FlowLogsS3Bucket", old.flow_logs_s3_bucket)),
        flow_logs_s3_prefix=str(params.get("FlowLogsS3Prefix", old.flow_logs_s3_prefix)),
    )
    if fresh.flow_logs_enabled and not fresh.flow_logs_s3_bucket:
        raise InvalidArgument("FlowLogsS3Bucket: required when FlowLogsEnabled is true.")
    changed = model.change_accelerator(
        state, found.arn, lambda a: replace(a, attributes=fresh), context.now
    )
    return changed, {"AcceleratorAttributes": response_bodies.attributes(fresh)}


# -- tags


def tag(
    state: GlobalAcceleratorState, _context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_TagResource.html."""
    found = _tagged(state, params)
    return _with_tags(state, found, _checked_tags(found.tags, params)), {}


def untag(
    state: GlobalAcceleratorState, _context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UntagResource.html."""
    found = _tagged(state, params)
    gone: Any = params["TagKeys"]
    return _with_tags(state, found, {k: v for k, v in found.tags.items() if k not in gone}), {}


def list_tags(
    state: GlobalAcceleratorState, _context: CallContext, params: RequestParams
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListTagsForResource.html."""
    arn = str(params["ResourceArn"])
    # Listeners and groups have no tags of their own, but the operation knows them.
    if "/endpoint-group/" in arn:
        model.find_endpoint_group(state, arn)
        return state, {"Tags": []}
    if "/listener/" in arn:
        model.find_listener(state, arn)
        return state, {"Tags": []}
    return state, {"Tags": response_bodies.tags(model.find_accelerator(state, arn).tags)}


def _tagged(state: GlobalAcceleratorState, params: RequestParams) -> AcceleratorRecord:
    return model.find_accelerator(state, str(params["ResourceArn"]))


def _with_tags(
    state: GlobalAcceleratorState, found: AcceleratorRecord, tags: dict[str, str]
) -> GlobalAcceleratorState:
    """Tags are no configuration: the accelerator's status stays what it is."""
    return model.put_accelerator(state, replace(found, tags=tags))


def _checked_tags(old: dict[str, str], params: RequestParams) -> dict[str, str]:
    raw: Any = params.get("Tags") or []
    return dict(check_tags(old | {entry["Key"]: entry["Value"] for entry in raw}))


def _show(state: GlobalAcceleratorState, arn: str, context: CallContext) -> ResponseBody:
    return {"Accelerator": response_bodies.accelerator(model.find_accelerator(state, arn), context)}


def _arn(params: RequestParams) -> str:
    return str(params["AcceleratorArn"])
