"""Global Accelerator's API as control serves it: its operations, and how one call runs.

Calls run one at a time. A change is saved before the call is answered; the state is one JSON
document that is replaced as a whole. The service is independent of moto. Its protocol is AWS JSON
1.1 (a JSON object in and out), so botocore's service model (documents.py) is all that reading a
request takes.
"""

import json
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from common.aws import GLOBAL_ACCELERATOR_REGION
from common.files.atomic_file import write_atomically
from twin import codec
from twin.control.document_service import describe_write_error, load_state
from twin.control.globalaccelerator import documents, model
from twin.control.globalaccelerator.accelerators import (
    create_accelerator,
    delete_accelerator,
    describe_accelerator,
    describe_accelerator_attributes,
    list_accelerator_tags,
    list_accelerators,
    tag_accelerator,
    untag_accelerator,
    update_accelerator,
    update_accelerator_attributes,
)
from twin.control.globalaccelerator.call_context import (
    CallContext,
    HealthByEndpoint,
    Operation,
    OperationResult,
    Params,
    ResponseBody,
)
from twin.control.globalaccelerator.endpoint_groups import (
    add_endpoints,
    create_endpoint_group,
    delete_endpoint_group,
    describe_endpoint_group,
    list_endpoint_groups,
    remove_endpoints,
    update_endpoint_group,
)
from twin.control.globalaccelerator.errors import (
    AccessDenied,
    GlobalAcceleratorError,
    InternalServiceError,
    InvalidArgument,
    NotInTheTwin,
    render_error,
)
from twin.control.globalaccelerator.listeners import (
    create_listener,
    delete_listener,
    describe_listener,
    list_listeners,
    update_listener,
)
from twin.control.globalaccelerator.model import ServiceState
from twin.core.http.strict_json import parse_json


@dataclass(frozen=True, slots=True)
class OperationCall:
    """An operation by name, and its parameters."""

    operation: str
    params: dict[str, object]

    @property
    def needs_health(self) -> bool:
        """True if the response shows the health of endpoints."""
        return self.operation in ("DescribeEndpointGroup", "ListEndpointGroups")


def _empty_list(member: str) -> Operation:
    """The twin has one account, so nothing is shared with it, or by it.

    https://docs.aws.amazon.com/global-accelerator/latest/dg/cross-account-resources.html
    """

    def list_nothing(state: ServiceState, _: CallContext, __: Params) -> OperationResult:
        return state, {member: []}

    return list_nothing


OPERATIONS: dict[str, Operation] = {
    "CreateAccelerator": create_accelerator,
    "DescribeAccelerator": describe_accelerator,
    "UpdateAccelerator": update_accelerator,
    "DeleteAccelerator": delete_accelerator,
    "ListAccelerators": list_accelerators,
    "DescribeAcceleratorAttributes": describe_accelerator_attributes,
    "UpdateAcceleratorAttributes": update_accelerator_attributes,
    "TagResource": tag_accelerator,
    "UntagResource": untag_accelerator,
    "ListTagsForResource": list_accelerator_tags,
    "CreateListener": create_listener,
    "DescribeListener": describe_listener,
    "UpdateListener": update_listener,
    "DeleteListener": delete_listener,
    "ListListeners": list_listeners,
    "CreateEndpointGroup": create_endpoint_group,
    "DescribeEndpointGroup": describe_endpoint_group,
    "UpdateEndpointGroup": update_endpoint_group,
    "DeleteEndpointGroup": delete_endpoint_group,
    "ListEndpointGroups": list_endpoint_groups,
    "AddEndpoints": add_endpoints,
    "RemoveEndpoints": remove_endpoints,
    "ListCrossAccountAttachments": _empty_list("CrossAccountAttachments"),
    "ListCrossAccountResourceAccounts": _empty_list("ResourceOwnerAwsAccountIds"),
    "ListCrossAccountResources": _empty_list("CrossAccountResources"),
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
    operation = target.removeprefix(documents.TARGET_PREFIX)
    if operation not in OPERATIONS:
        if operation in documents.service_model().operation_names:
            raise NotInTheTwin(
                f"The twin does not serve globalaccelerator {operation}: it has standard "
                "accelerators only, no custom routing, no addresses of your own, no attachments to "
                "other accounts; docs/services.md lists what it serves."
            )
        raise InvalidArgument(f"X-Amz-Target: '{target}' names no operation of the service.")
    try:
        params = parse_json(body or b"{}")
    except ValueError as exc:
        raise InvalidArgument(f"{operation}: the body is not JSON: {exc}.") from exc
    return OperationCall(operation, documents.check_params(operation, params))


def run_call(call: OperationCall, state: ServiceState, context: CallContext) -> OperationResult:
    """The next state and the response body. Raises GlobalAcceleratorError."""
    return OPERATIONS[call.operation](state, context, call.params)


def _internal_error(message: str) -> tuple[int, bytes]:
    """Status and body of the response."""
    error = InternalServiceError(message)
    return error.status, render_error(error)


log = logging.getLogger(__name__)


class GlobalAccelerator:
    """The service and its state."""

    def __init__(
        self,
        path: Path,
        *,
        make_context: Callable[[HealthByEndpoint], CallContext],
        fetch_health: Callable[[], Awaitable[HealthByEndpoint]],
        on_change: Callable[[ServiceState, ServiceState], None],
    ) -> None:
        """Load the state in `path`.

        `on_change` takes the states before and after a change, after it is saved.
        """
        self.state = load_state(path, ServiceState(), "there are no accelerators now")
        self._path = path
        self._make_context = make_context
        self._fetch_health = fetch_health
        self._on_change = on_change

    async def handle(self, region: str | None, target: str, body: bytes) -> tuple[int, bytes]:
        """Run one call: `target` is its X-Amz-Target header. Status and body of the response."""
        try:
            check_region(region)
            call = parse_call(target, body)
            health = await self._fetch_health() if call.needs_health else {}
            return 200, json.dumps(self._run(call, health)).encode()
        except GlobalAcceleratorError as error:
            return error.status, render_error(error)
        except OSError as exc:
            problem = describe_write_error(exc)
            log.error("%s failed: %s", target, problem)
            return _internal_error(problem)
        except Exception as exc:
            log.exception("%s failed", target)
            return _internal_error(f"The twin failed at {target}: {exc!r}")

    def mark_deployed(self, arn: str) -> None:
        """The accelerator's last change is deployed. Raises OSError."""
        self._save(model.mark_deployed(self.state, arn))

    def _run(self, call: OperationCall, health: HealthByEndpoint) -> ResponseBody:
        before = self.state
        after, body = run_call(call, before, self._make_context(health))
        if after != before:
            self._save(after)
            self._on_change(before, after)
        return body

    def _save(self, state: ServiceState) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(self._path, codec.dumps(state))
        self.state = state
