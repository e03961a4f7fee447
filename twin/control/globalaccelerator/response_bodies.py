"""Resources as the API shows them: https://docs.aws.amazon.com/global-accelerator/latest/api/."""

from twin.control.globalaccelerator.call_context import CallContext, ResponseBody
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


def accelerator(value: AcceleratorRecord, context: CallContext) -> ResponseBody:
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


def attributes(value: AcceleratorAttributes) -> ResponseBody:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_AcceleratorAttributes.html."""
    body: ResponseBody = {"FlowLogsEnabled": value.flow_logs_enabled}
    if value.flow_logs_s3_bucket:
        body["FlowLogsS3Bucket"] = value.flow_logs_s3_bucket
    if value.flow_logs_s3_prefix:
        body["FlowLogsS3Prefix"] = value.flow_logs_s3_prefix
    return body


def listener(value: AcceleratorListener) -> ResponseBody:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_Listener.html."""
    return {
        "ListenerArn": value.arn,
        "PortRanges": [_port_range(r) for r in value.port_ranges],
        "Protocol": value.protocol,
        "ClientAffinity": value.client_affinity,
    }


def endpoint_group(
    value: EndpointGroup, parent: AcceleratorListener, context: CallContext
) -> ResponseBody:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointGroup.html."""
    body: ResponseBody = {
        "EndpointGroupArn": value.arn,
        "EndpointGroupRegion": value.region,
        "EndpointDescriptions": endpoint_descriptions(value, context),
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


def endpoint_descriptions(group: EndpointGroup, context: CallContext) -> list[ResponseBody]:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_EndpointDescription.html.

    HealthReason "returns a null result" there, so it is left out.
    """
    return [_endpoint_description(group.arn, endpoint, context) for endpoint in group.endpoints]


def tags(value: dict[str, str]) -> list[ResponseBody]:
    return [{"Key": key, "Value": text} for key, text in value.items()]


def _endpoint_description(
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
