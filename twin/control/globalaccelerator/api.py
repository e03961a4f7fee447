"""Global Accelerator's API: its operations, and how one call runs.

It is independent of moto. Its protocol is AWS JSON 1.1 (a JSON object in and out), so botocore's
service model (request_shapes.py) is all that reading a request takes.
"""

import json
from dataclasses import dataclass

from common.aws import GLOBAL_ACCELERATOR_REGION
from twin.control.globalaccelerator import accelerators, endpoint_groups, listeners, request_shapes
from twin.control.globalaccelerator.call_context import CallContext, Operation, OperationResult
from twin.control.globalaccelerator.errors import AccessDenied, InvalidArgument, NotInTheTwin
from twin.control.globalaccelerator.model import ServiceState


@dataclass(frozen=True, slots=True)
class OperationCall:
    """An operation by name, and its parameters."""

    operation: str
    params: dict[str, object]

    @property
    def needs_health(self) -> bool:
        """True if the response shows the health of endpoints."""
        return self.operation in ("DescribeEndpointGroup", "ListEndpointGroups")


OPERATIONS: dict[str, Operation] = {
    "CreateAccelerator": accelerators.create,
    "DescribeAccelerator": accelerators.describe,
    "UpdateAccelerator": accelerators.update,
    "DeleteAccelerator": accelerators.delete,
    "ListAccelerators": accelerators.list_all,
    "DescribeAcceleratorAttributes": accelerators.describe_attributes,
    "UpdateAcceleratorAttributes": accelerators.update_attributes,
    "TagResource": accelerators.tag,
    "UntagResource": accelerators.untag,
    "ListTagsForResource": accelerators.list_tags,
    "CreateListener": listeners.create,
    "DescribeListener": listeners.describe,
    "UpdateListener": listeners.update,
    "DeleteListener": listeners.delete,
    "ListListeners": listeners.list_all,
    "CreateEndpointGroup": endpoint_groups.create,
    "DescribeEndpointGroup": endpoint_groups.describe,
    "UpdateEndpointGroup": endpoint_groups.update,
    "DeleteEndpointGroup": endpoint_groups.delete,
    "ListEndpointGroups": endpoint_groups.list_all,
    "AddEndpoints": endpoint_groups.add_endpoints,
    "RemoveEndpoints": endpoint_groups.remove_endpoints,
}


def check_region(region: str | None) -> None:
    """Global Accelerator answers in us-west-2 only, whatever its endpoints' Regions.

    https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html
    """
    if region != GLOBAL_ACCELERATOR_REGION:
        raise AccessDenied(
            f"Global Accelerator is called in {GLOBAL_ACCELERATOR_REGION} only; this call is "
            f"signed for '{region or 'no Region'}'. Use --region {GLOBAL_ACCELERATOR_REGION}."
        )


def parse_call(target: str, body: bytes) -> OperationCall:
    """Parse the X-Amz-Target header and the body. Raises GlobalAcceleratorError."""
    operation = target.removeprefix(request_shapes.TARGET_PREFIX)
    if operation not in OPERATIONS:
        if operation in request_shapes.service_model().operation_names:
            raise NotInTheTwin(
                f"The twin does not have {operation}: it has standard accelerators only, no custom "
                "routing, no addresses of your own, no cross-account attachments."
            )
        raise InvalidArgument(f"X-Amz-Target: '{target}' names no operation of the service.")
    try:
        params = json.loads(body or b"{}")
    except ValueError as exc:
        raise InvalidArgument(f"{operation}: the body is not JSON: {exc}.") from exc
    checked = request_shapes.check_params(operation, params)
    return OperationCall(operation, {name: v for name, v in checked.items() if v is not None})


def run_call(call: OperationCall, state: ServiceState, context: CallContext) -> OperationResult:
    """The next state and the response body. Raises GlobalAcceleratorError."""
    return OPERATIONS[call.operation](state, context, call.params)
