"""Operations on accelerators, their attributes and their tags."""

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
    accelerator_document,
    attributes_document,
    page_body,
    tag_documents,
)
from twin.control.globalaccelerator.errors import InvalidArgument
from twin.control.globalaccelerator.model import (
    AcceleratorAttributes,
    AcceleratorRecord,
    ServiceState,
)
from twin.control.globalaccelerator.validation import (
    check_accelerator_quota,
    check_address_type,
    check_name,
    check_tags,
)


def create_accelerator(
    state: ServiceState, context: CallContext, params: Params
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html."""

    def create_resource() -> tuple[ServiceState, str]:
        check_address_type(params)
        check_accelerator_quota(state)
        created = AcceleratorRecord(
            arn=f"arn:aws:globalaccelerator::{context.account}:accelerator/{context.uuid()}",
            name=check_name(str(params["Name"])),
            enabled=bool(params.get("Enabled", True)),
            ordinal=model.find_free_ordinal(state),
            dns_name=f"a{context.hex(16)}.awsglobalaccelerator.com",
            created=context.now,
            modified=context.now,
            tags=_merge_tags({}, params),
        )
        return model.put_accelerator(state, created), created.arn

    return create_once(
        state,
        "CreateAccelerator",
        params,
        create_resource,
        lambda after, arn: _accelerator_body(after, arn, context),
    )


def describe_accelerator(
    state: ServiceState, context: CallContext, params: Params
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DescribeAccelerator.html."""
    return state, _accelerator_body(state, _arn(params), context)


def update_accelerator(
    state: ServiceState, context: CallContext, params: Params
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateAccelerator.html."""
    old = model.find_accelerator(state, _arn(params))
    check_address_type(params)
    name = check_name(str(params.get("Name", old.name)))
    enabled = bool(params.get("Enabled", old.enabled))
    updated = model.change_accelerator(
        state, old.arn, lambda a: replace(a, name=name, enabled=enabled), context.now
    )
    return updated, _accelerator_body(updated, old.arn, context)


def delete_accelerator(
    state: ServiceState, _context: CallContext, params: Params
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteAccelerator.html."""
    return model.remove_accelerator(state, _arn(params)), {}


def list_accelerators(state: ServiceState, context: CallContext, params: Params) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListAccelerators.html."""

    def render(accelerator: AcceleratorRecord) -> ResponseBody:
        return accelerator_document(accelerator, context)

    return state, page_body("Accelerators", state.accelerators, render, params, "accelerators")


# -- attributes


def describe_accelerator_attributes(
    state: ServiceState, _context: CallContext, params: Params
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DescribeAcceleratorAttributes.html."""
    accelerator = model.find_accelerator(state, _arn(params))
    return state, {"AcceleratorAttributes": attributes_document(accelerator.attributes)}


def update_accelerator_attributes(
    state: ServiceState, context: CallContext, params: Params
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UpdateAcceleratorAttributes.html."""
    accelerator = model.find_accelerator(state, _arn(params))
    old = accelerator.attributes
    attributes = AcceleratorAttributes(
        flow_logs_enabled=bool(params.get("FlowLogsEnabled", old.flow_logs_enabled)),
        flow_logs_s3_bucket=str(params.get("FlowLogsS3Bucket", old.flow_logs_s3_bucket)),
        flow_logs_s3_prefix=str(params.get("FlowLogsS3Prefix", old.flow_logs_s3_prefix)),
    )
    if attributes.flow_logs_enabled and not attributes.flow_logs_s3_bucket:
        raise InvalidArgument("FlowLogsS3Bucket: required when FlowLogsEnabled is true.")
    updated = model.change_accelerator(
        state, accelerator.arn, lambda a: replace(a, attributes=attributes), context.now
    )
    return updated, {"AcceleratorAttributes": attributes_document(attributes)}


# -- tags


def tag_accelerator(state: ServiceState, _context: CallContext, params: Params) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_TagResource.html."""
    accelerator = _tagged_accelerator(state, params)
    return _put_tags(state, accelerator, _merge_tags(accelerator.tags, params)), {}


def untag_accelerator(
    state: ServiceState, _context: CallContext, params: Params
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_UntagResource.html."""
    accelerator = _tagged_accelerator(state, params)
    removed: Any = params["TagKeys"]
    kept = {key: value for key, value in accelerator.tags.items() if key not in removed}
    return _put_tags(state, accelerator, kept), {}


def list_accelerator_tags(
    state: ServiceState, _context: CallContext, params: Params
) -> OperationResult:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListTagsForResource.html."""
    arn = str(params["ResourceArn"])
    # Listeners and groups can't be tagged, but the operation accepts their ARNs.
    if "/endpoint-group/" in arn:
        model.find_endpoint_group(state, arn)
        return state, {"Tags": []}
    if "/listener/" in arn:
        model.find_listener(state, arn)
        return state, {"Tags": []}
    return state, {"Tags": tag_documents(model.find_accelerator(state, arn).tags)}


def _tagged_accelerator(state: ServiceState, params: Params) -> AcceleratorRecord:
    return model.find_accelerator(state, str(params["ResourceArn"]))


def _put_tags(
    state: ServiceState, accelerator: AcceleratorRecord, tags: dict[str, str]
) -> ServiceState:
    """Tags are not deployed, so the accelerator's status does not change."""
    return model.put_accelerator(state, replace(accelerator, tags=tags))


def _merge_tags(old: dict[str, str], params: Params) -> dict[str, str]:
    raw: Any = params.get("Tags") or []
    return dict(check_tags(old | {entry["Key"]: entry["Value"] for entry in raw}))


def _accelerator_body(state: ServiceState, arn: str, context: CallContext) -> ResponseBody:
    return {"Accelerator": accelerator_document(model.find_accelerator(state, arn), context)}


def _arn(params: Params) -> str:
    return str(params["AcceleratorArn"])
