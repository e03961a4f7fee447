"""The document of a traffic policy; tests/infra has the records of the other policies."""

import json

from infra.dns.policies import PolicyEndpoint, traffic_policy_document


def endpoint(region: str) -> PolicyEndpoint:
    return PolicyEndpoint(name=f"d-{region}.test", health_check_id=f"check-{region}")


def test_the_document_has_a_rule_over_all_regions() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/api-policies-traffic-policy-document-format.html"""
    document = json.loads(traffic_policy_document({"b": endpoint("b"), "a": endpoint("a")}))

    assert document["AWSPolicyFormatVersion"] == "2015-10-01"
    rule = document["Rules"][document["StartRule"]]
    assert rule["RuleType"] == "latency"
    assert [one["HealthCheck"] for one in rule["Regions"]] == ["check-a", "check-b"]
    assert {one["EndpointReference"] for one in rule["Regions"]} == set(document["Endpoints"])


def test_the_order_of_the_regions_does_not_matter() -> None:
    a, b = endpoint("a"), endpoint("b")

    assert traffic_policy_document({"a": a, "b": b}) == traffic_policy_document({"b": b, "a": a})
