"""Global Accelerator: accelerators, listeners, endpoint groups. Its API is in us-west-2 only:
https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html
"""

from dataclasses import dataclass

from common.aws import GLOBAL_ACCELERATOR_REGION
from twin.provider.schema.aspects import ModifyAspect
from twin.provider.schema.calls import tolerated, wait_for_state
from twin.provider.schema.resource_type import (
    Autoname,
    AwaitedState,
    AwsOperation,
    DescribedResource,
    OperationContext,
    ResourceChange,
    ResourceRef,
    ResourceType,
    block,
    block_list,
    block_set,
    boolean,
    integer,
    number,
    output,
    string,
    string_list,
)
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Properties, Value

_HOSTED_ZONE = "Z2BJ6XQ5FK7U4H"
"""The hosted zone of all accelerators: https://docs.aws.amazon.com/general/latest/gr/global_accelerator.html"""


def _accelerator_params(ref: ResourceRef) -> Properties:
    """The ARNs of listeners and endpoint groups begin with their accelerator's."""
    return {"AcceleratorArn": ref.id.partition("/listener/")[0]}


_DEPLOYED = AwaitedState(
    call=AwsOperation(
        operation="DescribeAccelerator", id_param=_accelerator_params, result="Accelerator"
    ),
    state="Status",
    wanted=frozenset({"DEPLOYED"}),
)
"""Each change makes the accelerator IN_PROGRESS until all edge locations have it:
https://docs.aws.amazon.com/global-accelerator/latest/api/API_Accelerator.html
"""


def _wait_deployed(context: OperationContext, ref: ResourceRef) -> None:
    wait_for_state(context, _DEPLOYED, ref, subject=_accelerator_params(ref)["AcceleratorArn"])


def _wait_deployed_if_exists(context: OperationContext, ref: ResourceRef) -> None:
    with tolerated("AcceleratorNotFoundException"):
        _wait_deployed(context, ref)


# -- accelerator

_ACCELERATOR = (
    string("name"),
    boolean("enabled", default=True),
    string("ipAddressType", default="IPV4", choices=("IPV4", "DUAL_STACK")),
)
_ATTRIBUTES = block(
    "attributes",
    boolean("flowLogsEnabled", default=False),
    string("flowLogsS3Bucket"),
    string("flowLogsS3Prefix"),
)


@dataclass(frozen=True, slots=True)
class FlowLogsAspect:
    """An accelerator's attributes, which have operations of their own."""

    names: frozenset[str] = frozenset({"attributes"})
    at_creation: bool = True

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Set all attributes; missing ones disable flow logs.

        Flow logs that stay enabled are disabled in between, with their old bucket, as AWS asks for
        (terraform-provider-aws, resourceAcceleratorUpdate).
        """
        wanted = change.new.get("attributes") or {}
        old = {} if change.creating else change.old.get("attributes") or {}
        if old.get("flowLogsEnabled") and wanted.get("flowLogsEnabled"):
            self._send(context, change.id, {**old, "flowLogsEnabled": False})
            _wait_deployed(context, change.ref)
        self._send(context, change.id, wanted)

    def _send(self, context: OperationContext, arn: str, attributes: Properties) -> None:
        params = {
            "AcceleratorArn": arn,
            "FlowLogsEnabled": bool(attributes.get("flowLogsEnabled")),
            "FlowLogsS3Bucket": attributes.get("flowLogsS3Bucket"),
            "FlowLogsS3Prefix": attributes.get("flowLogsS3Prefix"),
        }
        present = {name: value for name, value in params.items() if value is not None}
        context.call("UpdateAcceleratorAttributes", present)

    def read(self, found: DescribedResource) -> Properties:
        """Read the attributes; none when flow logs are disabled and not declared."""
        params = {"AcceleratorArn": found.id}
        response = found.context.call("DescribeAcceleratorAttributes", params)
        described = response.get("AcceleratorAttributes", {})
        if not described.get("FlowLogsEnabled") and not found.recorded.get("attributes"):
            return {}
        names = {
            "flowLogsEnabled": "FlowLogsEnabled",
            "flowLogsS3Bucket": "FlowLogsS3Bucket",
            "flowLogsS3Prefix": "FlowLogsS3Prefix",
        }
        return {
            "attributes": {
                k: described[v] for k, v in names.items() if described.get(v) is not None
            }
        }


def _disable(context: OperationContext, ref: ResourceRef) -> None:
    """An enabled accelerator can't be deleted:
    https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteAccelerator.html
    """
    context.call("UpdateAccelerator", {"AcceleratorArn": ref.id, "Enabled": False})
    _wait_deployed(context, ref)


ACCELERATOR = ResourceType(
    name="aws:globalaccelerator/accelerator:Accelerator",
    service="globalaccelerator",
    properties=(
        *_ACCELERATOR,
        string_list("ipAddresses", replaces=True, local=True),
        _ATTRIBUTES,
        output("arn", "AcceleratorArn"),
        output("dnsName", "DnsName"),
        output("dualStackDnsName", "DualStackDnsName"),
        output("hostedZoneId", derive=lambda _: _HOSTED_ZONE),
        block_list(
            "ipSets", string_list("ipAddresses"), string("ipFamily"), output=True, computed=True
        ),
    ),
    create=AwsOperation(
        operation="CreateAccelerator",
        result="Accelerator",
        extra_params=lambda _, new: (
            {"IpAddresses": new["ipAddresses"]} if new.get("ipAddresses") else {}
        ),
    ),
    read=AwsOperation(
        operation="DescribeAccelerator", id_param="AcceleratorArn", result="Accelerator"
    ),
    delete=AwsOperation(operation="DeleteAccelerator", id_param="AcceleratorArn"),
    resource_id="AcceleratorArn",
    not_found_codes=frozenset({"AcceleratorNotFoundException"}),
    autoname=Autoname(longest=64),
    ready=_DEPLOYED,
    aspects=(
        ModifyAspect(
            operation="UpdateAccelerator", id_param="AcceleratorArn", properties=_ACCELERATOR
        ),
        FlowLogsAspect(),
    ),
    before_delete=_disable,
    tagging=TagOperations(
        tag="TagResource",
        untag="UntagResource",
        listing="ListTagsForResource",
        id_param="ResourceArn",
    ),
    global_region=GLOBAL_ACCELERATOR_REGION,
)


# -- listener

_LISTENER = (
    string("protocol", required=True, choices=("TCP", "UDP")),
    string("clientAffinity", default="NONE", choices=("NONE", "SOURCE_IP")),
    block_set(
        "portRanges",
        integer("fromPort", required=True, between=(1, 65535)),
        integer("toPort", required=True, between=(1, 65535)),
        required=True,
    ),
)


def _accelerator_arn(found: DescribedResource) -> Value:
    return found.id.partition("/listener/")[0]


LISTENER = ResourceType(
    name="aws:globalaccelerator/listener:Listener",
    service="globalaccelerator",
    properties=(
        string("acceleratorArn", required=True, replaces=True, derive=_accelerator_arn),
        *_LISTENER,
        output("arn", "ListenerArn"),
    ),
    create=AwsOperation(operation="CreateListener", result="Listener"),
    read=AwsOperation(operation="DescribeListener", id_param="ListenerArn", result="Listener"),
    delete=AwsOperation(operation="DeleteListener", id_param="ListenerArn"),
    resource_id="ListenerArn",
    not_found_codes=frozenset({"ListenerNotFoundException", "AcceleratorNotFoundException"}),
    ready=_DEPLOYED,
    aspects=(
        ModifyAspect(operation="UpdateListener", id_param="ListenerArn", properties=_LISTENER),
    ),
    after_delete=_wait_deployed_if_exists,
    global_region=GLOBAL_ACCELERATOR_REGION,
)


# -- endpoint group

_GROUP = (
    block_set(
        "endpointConfigurations",
        string("endpointId"),
        # A missing weight is sent as 0, which takes no traffic, and not left to AWS, which would
        # choose 128; a missing flag is sent as false (terraform-provider-aws,
        # expandEndpointConfiguration).
        integer("weight", between=(0, 255), default=0),
        boolean("clientIpPreservationEnabled", default=False),
        string("attachmentArn"),
        reset=[],
        path="EndpointDescriptions",
    ),
    integer("healthCheckIntervalSeconds", default=30, between=(10, 30)),
    string("healthCheckPath", computed=True),
    integer("healthCheckPort", computed=True, between=(1, 65535)),
    string("healthCheckProtocol", default="TCP", choices=("TCP", "HTTP", "HTTPS")),
    block_set(
        "portOverrides",
        integer("listenerPort", required=True, between=(1, 65535)),
        integer("endpointPort", required=True, between=(1, 65535)),
        reset=[],
    ),
    integer("thresholdCount", default=3, between=(1, 10)),
    number("trafficDialPercentage", default=100, between=(0, 100)),
)


def _listener_arn(found: DescribedResource) -> Value:
    return found.id.partition("/endpoint-group/")[0]


def _group_region(context: OperationContext, new: Properties) -> Properties:
    return {"EndpointGroupRegion": new.get("endpointGroupRegion") or context.home_region}


ENDPOINT_GROUP = ResourceType(
    name="aws:globalaccelerator/endpointGroup:EndpointGroup",
    service="globalaccelerator",
    properties=(
        string("listenerArn", required=True, replaces=True, derive=_listener_arn),
        string("endpointGroupRegion", computed=True, replaces=True),
        *_GROUP,
        output("arn", "EndpointGroupArn"),
    ),
    create=AwsOperation(
        operation="CreateEndpointGroup", result="EndpointGroup", extra_params=_group_region
    ),
    read=AwsOperation(
        operation="DescribeEndpointGroup", id_param="EndpointGroupArn", result="EndpointGroup"
    ),
    delete=AwsOperation(operation="DeleteEndpointGroup", id_param="EndpointGroupArn"),
    resource_id="EndpointGroupArn",
    not_found_codes=frozenset(
        {
            "EndpointGroupNotFoundException",
            "ListenerNotFoundException",
            "AcceleratorNotFoundException",
        }
    ),
    ready=_DEPLOYED,
    aspects=(
        # As in the real provider, each update sends the whole group, with the recorded dial: it
        # resets a dial that was changed outside of Pulumi, unless a refresh recorded that before
        # (terraform-provider-aws, resourceEndpointGroupUpdate).
        ModifyAspect(
            operation="UpdateEndpointGroup",
            id_param="EndpointGroupArn",
            properties=_GROUP,
            replaces_all=True,
        ),
    ),
    after_delete=_wait_deployed_if_exists,
    global_region=GLOBAL_ACCELERATOR_REGION,
)

TYPES = (ACCELERATOR, LISTENER, ENDPOINT_GROUP)
