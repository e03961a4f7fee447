"""Documents of the API: requests checked, resources and lists as responses show them.

Requests are checked against botocore's service model: names, types, lengths, ranges, patterns.
botocore's client checks types and required members before it sends a request; maxima, enumerations
and patterns are checked by the service. Unknown members are an error too: AWS ignores them, but
here a misspelt name should be noticed.

Resources as the API shows them: https://docs.aws.amazon.com/global-accelerator/latest/api/.

A list has pages: MaxResults 1 to 100, by default 10, and an opaque NextToken. A token is valid only
for the list that returned it.
https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListAccelerators.html
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar

import botocore.session
from botocore.model import ServiceModel, Shape

from twin.control.globalaccelerator.call_context import CallContext, Params, ResponseBody
from twin.control.globalaccelerator.errors import InvalidArgument, InvalidNextToken
from twin.control.globalaccelerator.model import (
    AcceleratorAttributes,
    AcceleratorRecord,
)
from twin.internal_api.schemas import EndpointState
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
    """Return the parameters if they match the operation's input. Raises InvalidArgument."""
    shape = service_model().operation_model(operation).input_shape
    if not isinstance(params, dict):
        raise InvalidArgument(f"{operation}: the request is not a JSON object.")
    _check(shape, params, "")
    return params


def _check(shape: Any, value: object, path: str) -> None:  # noqa: ANN401 - botocore's shapes
    checker = _CHECKERS.get(shape.type_name)
    if checker is not None:
        checker(shape, value, path)


def _structure(shape: Any, value: object, path: str) -> None:  # noqa: ANN401
    if not isinstance(value, Mapping):
        raise InvalidArgument(f"{path}: expected a structure, got {value!r}.")
    for name in shape.required_members:
        if value.get(name) is None:
            raise InvalidArgument(f"{_member(path, name)}: required, and missing.")
    for name, inner in value.items():
        if name not in shape.members:
            known = ", ".join(shape.members)
            raise InvalidArgument(f"{_member(path, name)}: no such parameter; known: {known}.")
        if inner is not None:
            _check(shape.members[name], inner, _member(path, name))


def _list(shape: Any, value: object, path: str) -> None:  # noqa: ANN401
    if not isinstance(value, list):
        raise InvalidArgument(f"{path}: expected a list, got {value!r}.")
    _bounds(shape, len(value), f"{path}: {len(value)} entries")
    for index, inner in enumerate(value):
        _check(shape.member, inner, f"{path}[{index}]")


def _string(shape: Any, value: object, path: str) -> None:  # noqa: ANN401
    if not isinstance(value, str):
        raise InvalidArgument(f"{path}: expected a string, got {value!r}.")
    if shape.enum and value not in shape.enum:
        allowed = ", ".join(shape.enum)
        raise InvalidArgument(f"{path}: '{value}' is none of {allowed}.")
    _bounds(shape, len(value), f"{path}: '{value}' has {len(value)} characters")
    pattern = shape.metadata.get("pattern")
    if pattern and not re.fullmatch(pattern, value):
        raise InvalidArgument(f"{path}: '{value}' does not match {pattern}.")


def _integer(shape: Any, value: object, path: str) -> None:  # noqa: ANN401
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidArgument(f"{path}: expected a whole number, got {value!r}.")
    _bounds(shape, value, f"{path}: {value}")


def _float(shape: Any, value: object, path: str) -> None:  # noqa: ANN401
    if not isinstance(value, int | float) or isinstance(value, bool) or value != value:  # noqa: PLR0124 - NaN
        raise InvalidArgument(f"{path}: expected a number, got {value!r}.")
    _bounds(shape, value, f"{path}: {value}")


def _boolean(_shape: Shape, value: object, path: str) -> None:
    if not isinstance(value, bool):
        raise InvalidArgument(f"{path}: expected true or false, got {value!r}.")


def _bounds(shape: Any, number: float, subject: str) -> None:  # noqa: ANN401
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and number < least:
        raise InvalidArgument(f"{subject}; the least is {least}.")
    if most is not None and number > most:
        raise InvalidArgument(f"{subject}; the most is {most}.")


def _member(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


_CHECKERS: dict[str, Callable[[Any, object, str], None]] = {
    "structure": _structure,
    "list": _list,
    "string": _string,
    "integer": _integer,
    "float": _float,
    "boolean": _boolean,
}


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
    size = params.get("MaxResults") or DEFAULT_SIZE
    token = params.get("NextToken")
    start = 0 if token is None else _decode_token(str(token), list_name)
    if not isinstance(size, int) or start > len(items):
        raise InvalidNextToken(f"NextToken: '{token}' points beyond the end of the list.")
    end = start + size
    body: ResponseBody = {key: [render(item) for item in items[start:end]]}
    return body | ({"NextToken": _encode_token(end, list_name)} if end < len(items) else {})


def _encode_token(position: int, list_name: str) -> str:
    return base64.urlsafe_b64encode(f"{_digest(list_name)}:{position}".encode()).decode()


def _decode_token(token: str, list_name: str) -> int:
    try:
        digest, position = base64.urlsafe_b64decode(token).decode().split(":")
        if digest == _digest(list_name) and int(position) > 0:
            return int(position)
    except (binascii.Error, ValueError):
        pass
    raise InvalidNextToken(f"NextToken: '{token}' was not given by this list.")


def _digest(list_name: str) -> str:
    return hashlib.sha256(list_name.encode()).hexdigest()[:12]
