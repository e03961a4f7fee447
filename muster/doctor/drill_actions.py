"""What `status`, levers and drills of a deployed stack must be allowed.

docs/iam.md has the statements. Those with a condition, about experiments of AWS FIS, are left out,
since the simulator is not given its value.
"""

from collections.abc import Iterator

from muster.doctor.permission_reader import NeededAction
from muster.model import DnsOutputs, Stack

STATUS = "`status`"
ALIAS = "live"


def drill_actions(stack: Stack, account: str) -> tuple[NeededAction, ...]:
    """In every Region: a policy that names one Region alone fails when that one is lost.

    `account`: the caller's, since not every stack's outputs have one.
    """
    return (
        *_everywhere(stack, account),
        *(needed for region in stack.regions for needed in _in_region(stack, account, region)),
        *_accelerator(stack),
        *(_dns_door(stack.dns) if stack.dns else ()),
    )


def _everywhere(stack: Stack, account: str) -> Iterator[NeededAction]:
    listing = ["cloudwatch:GetMetricData", "elasticloadbalancing:DescribeTargetHealth"]
    if stack.dns:
        listing.append("route53:ListHealthChecks")
    if stack.replication_pause_templates:
        listing.append("fis:ListExperiments")
    yield NeededAction(actions=tuple(listing), resource="*", purpose=STATUS)
    yield NeededAction(
        actions=("cloudwatch:DescribeAlarms",),
        resource=f"arn:aws:cloudwatch:{stack.home_region}:{account}:alarm:*",
        purpose="guard `alarms`",
    )


def _in_region(stack: Stack, account: str, region: str) -> Iterator[NeededAction]:
    tables = f"arn:aws:dynamodb:{region}:{account}:table"
    function = f"arn:aws:lambda:{region}:{account}:function"
    function = f"{function}:{stack.regions[region].function_name}"
    yield NeededAction(
        actions=("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem"),
        resource=f"{tables}/{stack.control_table}",
        purpose="health switch, no lease",
    )
    yield NeededAction(
        actions=("dynamodb:GetItem",),
        resource=f"{tables}/{stack.table}",
        purpose="measure of lost writes",
    )
    yield NeededAction(
        actions=(
            "lambda:GetFunctionConcurrency",
            "lambda:PutFunctionConcurrency",
            "lambda:DeleteFunctionConcurrency",
        ),
        resource=function,
        purpose="fault throttle",
    )
    yield NeededAction(
        actions=("lambda:GetAlias",),
        resource=function,
        purpose="notice of a deployment in a drill",
    )
    yield NeededAction(
        actions=("lambda:InvokeFunction",),
        resource=f"{function}:{ALIAS}",
        purpose="`health --invoke`",
    )


def _accelerator(stack: Stack) -> Iterator[NeededAction]:
    if not stack.accelerator_arn:
        return
    group = next(iter(stack.regions.values())).endpoint_group_arn
    yield NeededAction(
        actions=("globalaccelerator:DescribeAccelerator",),
        resource=stack.accelerator_arn,
        purpose=STATUS,
    )
    yield NeededAction(
        actions=("globalaccelerator:ListEndpointGroups",),
        resource=group.partition("/endpoint-group/")[0],
        purpose=STATUS,
    )
    yield NeededAction(
        actions=("globalaccelerator:UpdateEndpointGroup",), resource=group, purpose="`dial`"
    )


def _dns_door(dns: DnsOutputs) -> Iterator[NeededAction]:
    check = next(iter(dns.regions.values())).health_check_id
    yield NeededAction(
        actions=("route53:ChangeResourceRecordSets", "route53:ListResourceRecordSets"),
        resource=f"arn:aws:route53:::hostedzone/{dns.zone_id}",
        purpose="`dns weight`",
    )
    yield NeededAction(
        actions=("route53:UpdateHealthCheck", "route53:GetHealthCheckStatus"),
        resource=f"arn:aws:route53:::healthcheck/{check}",
        purpose="`dns invert`",
    )
