"""What a first deployment must be allowed, by the parts that its stack has.

One action of each kind of resource: docs/iam/deployer.json and its like have all. Actions
whose permission depends on a condition (iam:PassRole) are left out, since the simulator is not
given its value.
"""

from collections.abc import Iterator

from muster.doctor.deployment_file import PlannedPart, PlannedStack
from muster.doctor.permission_reader import NeededAction

PURPOSE = "deployment"


def deployment_actions(account: str, planned: PlannedStack) -> tuple[NeededAction, ...]:
    """Those in the first Region, and those without a Region."""
    return tuple(
        NeededAction(actions=(action,), resource=resource, purpose=PURPOSE)
        for part, action, resource in _actions(account, planned.needs.regions[0], planned.prefix)
        if part is None or part in planned.parts
    )


def _actions(
    account: str, region: str, prefix: str
) -> Iterator[tuple[PlannedPart | None, str, str]]:
    """The part that needs it (None: every stack), action, resource."""

    def arn(service: str, resource: str, at: str = region) -> str:
        return f"arn:aws:{service}:{at}:{account}:{resource}"

    function = arn("lambda", f"function:{prefix}")
    yield None, "dynamodb:CreateTable", arn("dynamodb", f"table/{prefix}-items")
    yield None, "dynamodb:CreateTableReplica", arn("dynamodb", f"table/{prefix}-items")
    yield None, "lambda:CreateFunction", function
    yield None, "iam:CreateRole", arn("iam", f"role/{prefix}-{region}", at="")
    yield None, "logs:CreateLogGroup", arn("logs", f"log-group:/aws/lambda/{prefix}:*")
    yield "accelerator", "globalaccelerator:CreateAccelerator", "*"
    yield "accelerator", "ec2:CreateVpc", arn("ec2", "vpc/*")
    balancer = arn("elasticloadbalancing", f"loadbalancer/app/{prefix}/*")
    yield "accelerator", "elasticloadbalancing:CreateLoadBalancer", balancer
    yield "dns", "route53:CreateHealthCheck", "*"
    yield "dns", "route53:ChangeResourceRecordSets", "arn:aws:route53:::hostedzone/*"
    yield "dns", "acm:RequestCertificate", "*"
    yield "dns", "apigateway:POST", f"arn:aws:apigateway:{region}::/apis"
    yield "concurrency", "lambda:PutFunctionConcurrency", function
    yield "firewall", "wafv2:CreateWebACL", arn("wafv2", f"regional/webacl/{prefix}/*")
    yield "logs", "s3:CreateBucket", f"arn:aws:s3:::{prefix.lower()}-logs-{region}"
    yield "logs", "ec2:CreateFlowLogs", arn("ec2", "vpc-flow-log/*")
    yield "alarms", "cloudwatch:PutMetricAlarm", arn("cloudwatch", f"alarm:{prefix}-*")
    dashboard = arn("cloudwatch", f"dashboard/{prefix}", at="")
    yield "dashboard", "cloudwatch:PutDashboard", dashboard
    yield "budget", "budgets:ModifyBudget", arn("budgets", f"budget/{prefix}", at="")
    template = arn("fis", "experiment-template/*")
    yield "experiments", "fis:CreateExperimentTemplate", template
