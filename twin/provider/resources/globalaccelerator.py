"""Global Accelerator: accelerators, listeners, endpoint groups. Its API is in us-west-2 only:
https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html
"""

from dataclasses import dataclass

from common.aws import GLOBAL_ACCELERATOR_REGION
from twin.provider.errors import AwsCallFailed
from twin.provider.schema.aspects import ModifyAspect
from twin.provider.schema.resource_type import (
    Autoname,
    AwaitedState,
    AwsOperation,
    DescribedResource,
    OperationContext,
    Property,
    PropertyKind,
    ResourceChange,
    ResourceRef,
    ResourceType,
    block,
    block_set,
    flag,
    number,
    output,
    text,
    texts,
    whole,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Properties, Value

_HOSTED_ZONE = "Z2BJ6XQ5FK7U4H"
"""Of every accelerator: https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html"""


def _accelerator_of(ref: ResourceRef) -> Properties:
    """Listeners' and endpoint groups' ARNs begin with their accelerator's."""
    return {"AcceleratorArn": ref.id.partition("/listener/")[0]}


def _deployed(by: str) -> AwaitedState:
    """Each change makes the accelerator IN_PROGRESS until it is everywhere:
    https://docs.aws.amazon.com/global-accelerator/latest/api/API_Accelerator.html
    """
    call = AwsOperation(
        operation="DescribeAccelerator",
        by=by if by else _accelerator_of,
        result="Accelerator",
    )
    return AwaitedState(call=call, state="Status", wanted=frozenset({"DEPLOYED"}))


def _wait_deployed(scope: OperationContext, ref: ResourceRef) -> None:
    def look() -> tuple[bool, str]:
        answer = scope.call("DescribeAccelerator", _accelerator_of(ref))
        status = answer["Accelerator"]["Status"]
        return status == "DEPLOYED", status

    scope.patience.until(f"{_accelerator_of(ref)['AcceleratorArn']} to be DEPLOYED", look)


def _deployed_if_there(scope: OperationContext, ref: ResourceRef) -> None:
    try:
        _wait_deployed(scope, ref)
    except AwsCallFailed as exc:
        if exc.code != "AcceleratorNotFoundException":
            raise


# -- accelerator

_ACCELERATOR = (
    text("name"),
    flag("enabled", default=True),
    text("ipAddressType", default="IPV4", choices=("IPV4", "DUAL_STACK")),
)
_ATTRIBUTES = block(
    "attributes",
    flag("flowLogsEnabled", default=False),
    text("flowLogsS3Bucket"),
    text("flowLogsS3Prefix"),
)


@dataclass(frozen=True, slots=True)
class FlowLogs:
    """An accelerator's attributes, which have calls of their own."""

    names: frozenset[str] = frozenset({"attributes"})
    at_creation: bool = True

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """Set them; none means no flow logs."""
        wanted = change.new.get("attributes") or {}
        params = {
            "AcceleratorArn": change.id,
            "FlowLogsEnabled": bool(wanted.get("flowLogsEnabled")),
            "FlowLogsS3Bucket": wanted.get("flowLogsS3Bucket"),
            "FlowLogsS3Prefix": wanted.get("flowLogsS3Prefix"),
        }
        present = {name: value for name, value in params.items() if value is not None}
        scope.call("UpdateAcceleratorAttributes", present)

    def read(self, found: DescribedResource) -> Properties:
        """A call of its own; flow logs that are off are no attributes."""
        params = {"AcceleratorArn": found.id}
        told = found.scope.call("DescribeAcceleratorAttributes", params)
        told = told.get("AcceleratorAttributes", {})
        if not told.get("FlowLogsEnabled") and not found.recorded.get("attributes"):
            return {}
        names = {
            "flowLogsEnabled": "FlowLogsEnabled",
            "flowLogsS3Bucket": "FlowLogsS3Bucket",
            "flowLogsS3Prefix": "FlowLogsS3Prefix",
        }
        return {"attributes": {k: told[v] for k, v in names.items() if told.get(v) is not None}}


def _zone(_: DescribedResource) -> Value:
    return _HOSTED_ZONE


def _disable(scope: OperationContext, ref: ResourceRef) -> None:
    """An enabled accelerator can't be deleted:
    https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteAccelerator.html
    """
    scope.call("UpdateAccelerator", {"AcceleratorArn": ref.id, "Enabled": False})
    _wait_deployed(scope, ref)


ACCELERATOR = ResourceType(
    name="aws:globalaccelerator/accelerator:Accelerator",
    service="globalaccelerator",
    properties=(
        *_ACCELERATOR,
        texts("ipAddresses", replaces=True, local=True),
        _ATTRIBUTES,
        output("arn", "AcceleratorArn"),
        output("dnsName", "DnsName"),
        output("dualStackDnsName", "DualStackDnsName"),
        output("hostedZoneId", derive=_zone),
        Property(
            name="ipSets",
            kind=PropertyKind.BLOCKS,
            output=True,
            computed=True,
            fields=(texts("ipAddresses"), text("ipFamily")),
        ),
    ),
    create=AwsOperation(
        operation="CreateAccelerator",
        result="Accelerator",
        adds=lambda _, new: {"IpAddresses": new["ipAddresses"]} if new.get("ipAddresses") else {},
    ),
    read=AwsOperation(operation="DescribeAccelerator", by="AcceleratorArn", result="Accelerator"),
    delete=AwsOperation(operation="DeleteAccelerator", by="AcceleratorArn"),
    identity="AcceleratorArn",
    missing=frozenset({"AcceleratorNotFoundException"}),
    autoname=Autoname(longest=64),
    settled=_deployed("AcceleratorArn"),
    facets=(
        ModifyAspect(operation="UpdateAccelerator", by="AcceleratorArn", sets=_ACCELERATOR),
        FlowLogs(),
    ),
    before_delete=_disable,
    tagging=TagOperations(
        tag="TagResource", untag="UntagResource", listing="ListTagsForResource", by="ResourceArn"
    ),
    global_region=GLOBAL_ACCELERATOR_REGION,
)


# -- listener

_LISTENER = (
    text("protocol", required=True, choices=("TCP", "UDP")),
    text("clientAffinity", default="NONE", choices=("NONE", "SOURCE_IP")),
    block_set(
        "portRanges",
        whole("fromPort", required=True, between=(1, 65535)),
        whole("toPort", required=True, between=(1, 65535)),
        required=True,
    ),
)


def _accelerator_arn(found: DescribedResource) -> Value:
    return found.id.partition("/listener/")[0]


LISTENER = ResourceType(
    name="aws:globalaccelerator/listener:Listener",
    service="globalaccelerator",
    properties=(
        text("acceleratorArn", required=True, replaces=True, derive=_accelerator_arn),
        *_LISTENER,
        output("arn", "ListenerArn"),
    ),
    create=AwsOperation(operation="CreateListener", result="Listener"),
    read=AwsOperation(operation="DescribeListener", by="ListenerArn", result="Listener"),
    delete=AwsOperation(operation="DeleteListener", by="ListenerArn"),
    identity="ListenerArn",
    missing=frozenset({"ListenerNotFoundException", "AcceleratorNotFoundException"}),
    settled=_deployed(""),
    facets=(ModifyAspect(operation="UpdateListener", by="ListenerArn", sets=_LISTENER),),
    after_delete=_deployed_if_there,
    global_region=GLOBAL_ACCELERATOR_REGION,
)


# -- endpoint group

_GROUP = (
    block_set(
        "endpointConfigurations",
        text("endpointId"),
        whole("weight", between=(0, 255), computed=True),
        flag("clientIpPreservationEnabled", computed=True),
        text("attachmentArn"),
        reset=[],
        path="EndpointDescriptions",
    ),
    whole("healthCheckIntervalSeconds", default=30, between=(10, 30)),
    text("healthCheckPath", computed=True),
    whole("healthCheckPort", computed=True, between=(1, 65535)),
    text("healthCheckProtocol", default="TCP", choices=("TCP", "HTTP", "HTTPS")),
    block_set(
        "portOverrides",
        whole("listenerPort", required=True, between=(1, 65535)),
        whole("endpointPort", required=True, between=(1, 65535)),
        reset=[],
    ),
    whole("thresholdCount", default=3, between=(1, 10)),
    number("trafficDialPercentage", default=100, between=(0, 100)),
)


def _listener_arn(found: DescribedResource) -> Value:
    return found.id.partition("/endpoint-group/")[0]


def _group_region(scope: OperationContext, new: Properties) -> Properties:
    return {"EndpointGroupRegion": new.get("endpointGroupRegion") or scope.home_region}


ENDPOINT_GROUP = ResourceType(
    name="aws:globalaccelerator/endpointGroup:EndpointGroup",
    service="globalaccelerator",
    properties=(
        text("listenerArn", required=True, replaces=True, derive=_listener_arn),
        text("endpointGroupRegion", computed=True, replaces=True),
        *_GROUP,
        output("arn", "EndpointGroupArn"),
    ),
    create=AwsOperation(
        operation="CreateEndpointGroup", result="EndpointGroup", adds=_group_region
    ),
    read=AwsOperation(
        operation="DescribeEndpointGroup", by="EndpointGroupArn", result="EndpointGroup"
    ),
    delete=AwsOperation(operation="DeleteEndpointGroup", by="EndpointGroupArn"),
    identity="EndpointGroupArn",
    missing=frozenset(
        {
            "EndpointGroupNotFoundException",
            "ListenerNotFoundException",
            "AcceleratorNotFoundException",
        }
    ),
    settled=_deployed(""),
    facets=(
        # Like the real provider, each update sends all of the group, so the recorded dial too: a
        # dial that was turned by hand goes back, unless a refresh recorded it before (terraform-
        # provider-aws, resourceEndpointGroupUpdate).
        ModifyAspect(
            operation="UpdateEndpointGroup", by="EndpointGroupArn", sets=_GROUP, overwrites=True
        ),
    ),
    after_delete=_deployed_if_there,
    global_region=GLOBAL_ACCELERATOR_REGION,
)

TYPES = (ACCELERATOR, LISTENER, ENDPOINT_GROUP)
