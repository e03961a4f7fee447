"""Documents of the API: requests checked, resources and lists as responses show them.

Requests are checked against botocore's service model, as those of all services
(twin.moto.calls.parameter_validation). Unknown members are ignored, as AWS does.

Resources as the API shows them: https://docs.aws.amazon.com/global-accelerator/latest/api/.

A list has pages: MaxResults 1 to 100, by default 10, and an opaque NextToken. A token is valid only
for the list that returned it.
https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListAccelerators.html
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, TypeVar

import botocore.session
from botocore.model import ServiceModel

from twin.control.globalaccelerator.call_context import CallContext, Params, ResponseBody
from twin.control.globalaccelerator.errors import InvalidArgument, InvalidNextToken
from twin.control.globalaccelerator.model import (
    AcceleratorAttributes,
    AcceleratorRecord,
)
from twin.core.pages import find_start
from twin.internal_api.schemas import EndpointState
from twin.moto.calls.parameter_validation import describe_violations, find_violations
from twin.topology.model import (
    AcceleratorListener,
    EndpointConfiguration,
    EndpointGroup,
    PortRange,
)

TARGET_PREFIX = "GlobalAccelerator_V20180706."


@cache
def service_model() -> ServiceModel:
    """botocore's model of Global Accelerator (5 ms to load)."""
    return botocore.session.Session().get_service_model("globalaccelerator")


def check_params(operation: str, params: object) -> dict[str, Any]:
    """Return the known parameters if they match the operation's input. Raises InvalidArgument."""
    shape: Any = service_model().operation_model(operation).input_shape
    if not isinstance(params, dict):
        raise InvalidArgument(f"{operation}: the request is not a JSON object.")
    violations = list(find_violations(shape, params))
    if violations:
        raise InvalidArgument(describe_violations(violations))
    return {
        name: _without_nulls(value)
        for name, value in params.items()
        if name in shape.members and value is not None
    }


def _without_nulls(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """A member that is null is a member that is not there."""
    if isinstance(value, dict):
        return {name: _without_nulls(one) for name, one in value.items() if one is not None}
    return [_without_nulls(one) for one in value] if isinstance(value, list) else value


def accelerator_document(value: AcceleratorRecord, context: CallContext) -> ResponseBody:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_Accelerator.html."""
    addresses = list(context.static_ips(value.ordinal))
    return {
        "AcceleratorArn": value.arn,
        "Name": value.name,
        "IpAddressType": "IPV4",
        "Enabled": value.enabled,
        "IpSets": [{"IpFamily": "IPv4", "IpAddresses": addresses, "IpAddressFamily": "IPv4"}],
        "DnsName": value.dns_name,
        "Status": value.status,
        "CreatedTime": value.created,
        "LastModifiedTime": value.modified,
    }


def attributes_document(value: AcceleratorAttributes) -> ResponseBody:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_AcceleratorAttributes.html."""
    body: ResponseBody = {"FlowLogsEnabled": value.flow_logs_enabled}
    if value.flow_logs_s3_bucket:
        body["FlowLogsS3Bucket"] = value.flow_logs_s3_bucket
    if value.flow_logs_s3_prefix:
        body["FlowLogsS3Prefix"] = value.flow_logs_s3_prefix
    return body


def listener_document(value: AcceleratorListener) -> ResponseBody:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_Listener.html."""
    return {
        "ListenerArn": value.arn,
        "PortRanges": [_port_range(r) for r in value.port_ranges],
        "Protocol": value.protocol,
        "ClientAffinity": value.client_affinity,
    }


def endpoint_group_document(
    value: EndpointGroup, parent: AcceleratorListener, context: CallContext
) -> ResponseBody:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointGroup.html."""
    body: ResponseBody = {
        "EndpointGroupArn": value.arn,
        "EndpointGroupRegion": value.region,
        "EndpointDescriptions": endpoint_description_documents(value, context),
        "TrafficDialPercentage": value.dial,
        "HealthCheckPort": value.health_check_port or parent.port_ranges[0].from_port,
        "HealthCheckProtocol": value.health_check_protocol,
        "HealthCheckIntervalSeconds": value.health_check_interval_s,
        "ThresholdCount": value.threshold,
        "PortOverrides": [
            {"ListenerPort": o.listener_port, "EndpointPort": o.endpoint_port}
            for o in value.port_overrides
        ],
    }
    if value.health_check_protocol != "TCP":
        body["HealthCheckPath"] = value.health_check_path
    return body


def endpoint_description_documents(
    group: EndpointGroup, context: CallContext
) -> list[ResponseBody]:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointDescription.html.

    HealthReason "returns a null result" there, so it is left out.
    """
    return [
        _endpoint_description_document(group.arn, endpoint, context) for endpoint in group.endpoints
    ]


def tag_documents(value: dict[str, str]) -> list[ResponseBody]:
    return [{"Key": key, "Value": text} for key, text in value.items()]


def _endpoint_description_document(
    group_arn: str, endpoint: EndpointConfiguration, context: CallContext
) -> ResponseBody:
    state = context.health.get((group_arn, endpoint.id), EndpointState.INITIAL)
    return {
        "EndpointId": endpoint.id,
        "Weight": endpoint.weight,
        "HealthState": str(state),
        "ClientIPPreservationEnabled": endpoint.client_ip_preservation,
    }


def _port_range(value: PortRange) -> ResponseBody:
    return {"FromPort": value.from_port, "ToPort": value.to_port}


DEFAULT_SIZE = 10

T = TypeVar("T")


def page_body(
    key: str,
    items: Sequence[T],
    render: Callable[[T], ResponseBody],
    params: Params,
    list_name: str,
) -> ResponseBody:
    """Response body with the requested page under `key`, and the NextToken of the next page.

    `list_name` identifies the list. Raises InvalidNextToken.
    """
    size = int(str(params.get("MaxResults") or DEFAULT_SIZE))
    token = params.get("NextToken")
    documents = [render(item) for item in items]
    arns = [str(document[f"{key.removesuffix('s')}Arn"]) for document in documents]
    start = 0 if token is None else _decode_token(str(token), list_name, arns)
    end = start + size
    body: ResponseBody = {key: documents[start:end]}
    return body | ({"NextToken": _encode_token(end, list_name, arns)} if end < len(arns) else {})


def _encode_token(position: int, list_name: str, arns: Sequence[str]) -> str:
    """A token names the item that the next page begins with."""
    text = f"{_digest(list_name)}:{position}:{arns[position]}"
    return base64.urlsafe_b64encode(text.encode()).decode()


def _decode_token(token: str, list_name: str, arns: Sequence[str]) -> int:
    try:
        digest, position, arn = base64.urlsafe_b64decode(token).decode().split(":", 2)
        if digest == _digest(list_name) and int(position) > 0:
            return find_start(arns, arn, int(position))
    except (binascii.Error, ValueError):
        pass
    raise InvalidNextToken(f"NextToken: '{token}' was not given by this list.")


def _digest(list_name: str) -> str:
    return hashlib.sha256(list_name.encode()).hexdigest()[:12]
