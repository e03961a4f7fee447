"""One Region's web ACL (AWS WAF) of its load balancer: a rate rule for each address, managed rules.

The accelerator keeps the clients' addresses, and its traffic bypasses network ACLs and network
firewalls, so this is the only filter but the security group:
https://docs.aws.amazon.com/global-accelerator/latest/dg/preserve-client-ip-address.how-to-enable-preservation.md
Health checks do not pass it. An HTTP API can't have one, so the DNS front door has its rate limit:
https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works-resources.html
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws.wafv2 import (
    WebAcl,
    WebAclAssociation,
    WebAclDefaultActionAllowArgs,
    WebAclDefaultActionArgs,
    WebAclRuleActionArgs,
    WebAclRuleActionBlockArgs,
    WebAclRuleArgs,
    WebAclRuleOverrideActionArgs,
    WebAclRuleOverrideActionNoneArgs,
    WebAclRuleStatementArgs,
    WebAclRuleStatementManagedRuleGroupStatementArgs,
    WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs,
    WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs,
    WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs,
    WebAclRuleStatementRateBasedStatementArgs,
    WebAclRuleVisibilityConfigArgs,
    WebAclVisibilityConfigArgs,
)

RATE_WINDOW_S = 300
MANAGED_RULES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("AWSManagedRulesAmazonIpReputationList", ()),
    # Bodies of more than 8 kB are allowed: values of the services have up to 128 kB.
    ("AWSManagedRulesCommonRuleSet", ("SizeRestrictions_BODY",)),
    ("AWSManagedRulesKnownBadInputsRuleSet", ()),
)
"""Groups of AWS, each with the rules of it that only count:
https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-list.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class FirewallArgs:
    region: str
    prefix: str
    alb_arn: pulumi.Input[str]
    rate_limit: int
    """Requests of one address in RATE_WINDOW_S seconds; more are answered with 403."""
    tags: Mapping[str, str]


class Firewall(pulumi.ComponentResource):
    """Web ACL, associated with the load balancer."""

    def __init__(
        self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("muster:infra:Firewall", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        acl = WebAcl(
            f"{name}-web-acl",
            region=args.region,
            name=args.prefix,
            description=f"Rate of each address, and rules of AWS, for {args.prefix}",
            scope="REGIONAL",
            default_action=WebAclDefaultActionArgs(allow=WebAclDefaultActionAllowArgs()),
            rules=[
                _rate_rule(args.rate_limit),
                *(
                    _managed_rule(number, group, counting)
                    for number, (group, counting) in enumerate(MANAGED_RULES, start=1)
                ),
            ],
            visibility_config=WebAclVisibilityConfigArgs(
                cloudwatch_metrics_enabled=True,
                metric_name=args.prefix,
                sampled_requests_enabled=True,
            ),
            tags=dict(args.tags),
            opts=child,
        )
        WebAclAssociation(
            f"{name}-web-acl-association",
            region=args.region,
            resource_arn=args.alb_arn,
            web_acl_arn=acl.arn,
            # A deletion names the load balancer alone, so after a creation it would take the new
            # web ACL off: https://github.com/pulumi/pulumi-aws/issues/4782
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        self.register_outputs({})


def _rate_rule(limit: int) -> WebAclRuleArgs:
    """First, so that a flood costs no evaluation of the other rules.

    https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html
    """
    return WebAclRuleArgs(
        name="rate",
        priority=0,
        action=WebAclRuleActionArgs(block=WebAclRuleActionBlockArgs()),
        statement=WebAclRuleStatementArgs(
            rate_based_statement=WebAclRuleStatementRateBasedStatementArgs(
                limit=limit, aggregate_key_type="IP", evaluation_window_sec=RATE_WINDOW_S
            )
        ),
        visibility_config=_visible("rate"),
    )


def _managed_rule(priority: int, group: str, counting: tuple[str, ...]) -> WebAclRuleArgs:
    count = WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseArgs(
        count=WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideActionToUseCountArgs()
    )
    return WebAclRuleArgs(
        name=group,
        priority=priority,
        override_action=WebAclRuleOverrideActionArgs(
            none=WebAclRuleOverrideActionNoneArgs()  # type: ignore[no-untyped-call]  # Pulumi's own
        ),
        statement=WebAclRuleStatementArgs(
            managed_rule_group_statement=WebAclRuleStatementManagedRuleGroupStatementArgs(
                name=group,
                vendor_name="AWS",
                rule_action_overrides=[
                    WebAclRuleStatementManagedRuleGroupStatementRuleActionOverrideArgs(
                        name=rule, action_to_use=count
                    )
                    for rule in counting
                ],
            )
        ),
        visibility_config=_visible(group),
    )


def _visible(metric: str) -> WebAclRuleVisibilityConfigArgs:
    return WebAclRuleVisibilityConfigArgs(
        cloudwatch_metrics_enabled=True, metric_name=metric, sampled_requests_enabled=True
    )
