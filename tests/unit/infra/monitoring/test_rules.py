"""Which alarms a stack has."""

import pytest

from infra.monitoring.rules import (
    AlarmCause,
    AlarmRule,
    WatchedBalancer,
    WatchedRegion,
    WatchedTable,
    region_rules,
    table_rules,
)

HERE, OTHER, THIRD = "eu-central-1", "us-west-2", "sa-east-1"
BALANCER = WatchedBalancer(
    load_balancer="app/muster/1", target_group="targetgroup/muster/2", accelerator="a", listener="l"
)
TABLE = WatchedTable(key="items", name="muster-items", actions=("GetItem", "PutItem"))


def rules_of(
    balancer: WatchedBalancer | None = BALANCER, api: str | None = None
) -> dict[str, AlarmRule]:
    watched = WatchedRegion(
        region=HERE, function="muster", balancer=balancer, api_id=api, health_check_id=api
    )
    return {rule.key: rule for rule in region_rules(watched)}


def test_both_doors_and_the_function_are_watched() -> None:
    both = rules_of(api="api1")

    assert {rule.metric for rule in both.values()} == {
        "UnHealthyHostCount",
        "HTTPCode_ELB_5XX_Count",
        "HTTPCode_Target_5XX_Count",
        "UnhealthyEndpointCount",
        "5xx",
        "HealthCheckStatus",
        "Errors",
        "Throttles",
    }
    assert {rule.about for rule in both.values()} == {(HERE,)}


def test_a_door_that_is_not_there_is_not_watched() -> None:
    namespaces = {rule.namespace for rule in rules_of(balancer=None, api="api1").values()}

    assert namespaces == {"AWS/ApiGateway", "AWS/Route53", "AWS/Lambda"}
    assert {rule.namespace for rule in rules_of().values()} == {
        "AWS/ApplicationELB",
        "AWS/GlobalAccelerator",
        "AWS/Lambda",
    }


def test_an_api_without_a_health_check_is_watched_alone() -> None:
    watched = WatchedRegion(region=HERE, function="muster", balancer=None, api_id="api1")

    assert {rule.metric for rule in region_rules(watched)} == {"5xx", "Errors", "Throttles"}


@pytest.mark.parametrize(
    ("metric", "region"),
    [
        ("UnhealthyEndpointCount", "us-west-2"),
        ("HealthCheckStatus", "us-east-1"),
        ("UnHealthyHostCount", HERE),
        ("Errors", HERE),
    ],
)
def test_an_alarm_is_where_its_metric_is(metric: str, region: str) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-checks.html,
    https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html"""
    (rule,) = [rule for rule in rules_of(api="api1").values() if rule.metric == metric]

    assert rule.region == region


def test_a_check_that_fails_is_a_status_below_one() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-health-checks.html"""
    rule = rules_of(api="api1")[f"health-check-{HERE}"]

    assert (rule.statistic, rule.threshold, rule.below) == ("Minimum", 1, True)


def test_a_metric_that_appears_only_with_a_failure_is_good_when_missing() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"""
    missing = {rule.key: rule.missing for rule in rules_of(api="api1").values()}

    always = {key for key, treatment in missing.items() if treatment == "missing"}
    assert always == {"unhealthy-hosts", f"health-check-{HERE}"}
    assert set(missing.values()) == {"missing", "notBreaching"}


def test_the_lag_is_watched_where_the_writes_come_from() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html"""
    rules = list(table_rules(TABLE, (HERE, OTHER, THIRD), system_errors=False))

    pairs = {(rule.region, rule.dimensions["ReceivingRegion"]) for rule in rules}
    assert len(rules) == len(pairs) == 6
    assert all(rule.about == (rule.region, rule.dimensions["ReceivingRegion"]) for rule in rules)
    assert {rule.cause for rule in rules} == {AlarmCause.REPLICATION}
    assert {rule.period_s for rule in rules} == {300}


def test_dynamodbs_own_errors_are_counted_by_operation() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html"""
    rules = list(table_rules(TABLE, (HERE,), system_errors=True))

    assert [rule.dimensions["Operation"] for rule in rules] == ["GetItem", "PutItem"]
    assert {rule.metric for rule in rules} == {"SystemErrors"}


def test_each_name_is_used_once_in_a_region() -> None:
    regions = (HERE, OTHER)
    rules = [*table_rules(TABLE, regions, system_errors=True)]
    for region in regions:
        watched = WatchedRegion(
            region=region, function="f", balancer=BALANCER, api_id="a", health_check_id="h"
        )
        rules += region_rules(watched)

    names = [(rule.region, rule.key) for rule in rules]
    assert len(names) == len(set(names))
