"""The web ACL of each load balancer."""

from infra.hardening.firewall import MANAGED_RULES
from tests.infra.graph import DNS_ALONE, TWO_REGIONS, build_graph


def test_each_load_balancer_of_prod_has_a_web_acl() -> None:
    graph = build_graph("prod")

    for region in TWO_REGIONS:
        acl = graph.one("wafv2/webAcl:WebAcl", region)
        association = graph.one(":WebAclAssociation", region)
        assert acl.inputs["scope"] == "REGIONAL"
        assert acl.inputs["defaultAction"] == {"allow": {}}
        assert "LoadBalancer" in graph.dependencies(association)
        assert "WebAcl" in graph.dependencies(association)


def test_a_web_acl_is_taken_off_before_another_one_is_put_on() -> None:
    """https://github.com/pulumi/pulumi-aws/issues/4782"""
    for association in build_graph("prod").of(":WebAclAssociation"):
        assert association.replaced_in_place


def test_the_rate_of_each_address_is_the_first_rule_and_blocks() -> None:
    """https://docs.aws.amazon.com/waf/latest/developerguide/waf-rule-statement-type-rate-based.html"""
    (rate, *managed) = build_graph("prod").of("webAcl:WebAcl")[0].inputs["rules"]

    assert rate["priority"] == 0
    assert rate["action"] == {"block": {}}
    assert rate["statement"]["rateBasedStatement"] == {
        "limit": 10_000,
        "aggregateKeyType": "IP",
        "evaluationWindowSec": 300,
    }
    groups = [rule["statement"]["managedRuleGroupStatement"]["name"] for rule in managed]
    assert groups == [name for name, _ in MANAGED_RULES]
    assert all(rule["overrideAction"] == {"none": {}} for rule in managed)


def test_long_values_of_the_services_pass() -> None:
    """https://docs.aws.amazon.com/waf/latest/developerguide/aws-managed-rule-groups-baseline.html"""
    rules = build_graph("prod").of("webAcl:WebAcl")[0].inputs["rules"]

    common = next(rule for rule in rules if rule["name"] == "AWSManagedRulesCommonRuleSet")
    assert common["statement"]["managedRuleGroupStatement"]["ruleActionOverrides"] == [
        {"name": "SizeRestrictions_BODY", "actionToUse": {"count": {}}}
    ]


def test_there_is_none_without_a_limit_or_a_load_balancer() -> None:
    for graph in (
        build_graph("prod", waf_rate_limit=0),
        build_graph("prod", **DNS_ALONE),
        build_graph("local"),
    ):
        assert graph.of(":WebAcl") == []
