"""What watches a stack, as its configuration says."""

import json

import pytest

from tests.infra.graph import (
    ACCOUNT,
    BOTH_DOORS,
    DNS_ALONE,
    FOUR_SERVICES,
    THREE_REGIONS,
    TWO_REGIONS,
    ResourceGraph,
    build_graph,
)

OWN = f"arn:aws:cloudwatch:us-west-2:{ACCOUNT}:alarm:checkout"


def metrics(graph: ResourceGraph) -> set[str]:
    return {node.inputs["metricName"] for node in graph.of(":MetricAlarm")}


def test_prod_watches_each_region_and_the_accelerator() -> None:
    graph = build_graph("prod")

    assert metrics(graph) == {
        "UnHealthyHostCount",
        "HTTPCode_ELB_5XX_Count",
        "HTTPCode_Target_5XX_Count",
        "UnhealthyEndpointCount",
        "Errors",
        "Throttles",
        "ReplicationLatency",
        "SystemErrors",
    }


@pytest.mark.parametrize(
    ("stack", "told", "silent"),
    [
        ("prod", ["us-west-2"], "of eu-central-1 notify nobody"),
        ("prod", ["eu-central-1", "us-west-2"], None),
        ("local", [], None),
    ],
)
def test_a_preview_says_whose_alarms_notify_nobody(
    stack: str, told: list[str], silent: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    topics = {region: f"arn:aws:sns:{region}:{ACCOUNT}:pager" for region in told}
    # A tag of its own: graphs of one configuration are built once.
    build_graph(stack, alarms=True, alarm_topic_arns=topics, tags={"test": str(silent)})

    found = [text for text in caplog.messages if "notify nobody" in text]
    assert len(found) == (silent is not None)
    assert all(str(silent) in text for text in found)


def test_the_dns_door_is_watched_by_its_apis_and_health_checks() -> None:
    found = metrics(build_graph("prod", **DNS_ALONE))

    assert {"5xx", "HealthCheckStatus"} <= found
    assert not {"UnhealthyEndpointCount", "UnHealthyHostCount"} & found


def test_a_draining_region_has_no_alarm_on_a_health_check_that_is_gone() -> None:
    graph = build_graph(
        "prod", **DNS_ALONE, regions=THREE_REGIONS, draining_regions=["ap-northeast-1"]
    )

    checks = [n for n in graph.of(":MetricAlarm") if n.inputs["metricName"] == "HealthCheckStatus"]
    assert {node.inputs["name"].partition("check-")[2] for node in checks} == set(TWO_REGIONS)
    assert all(node.inputs["dimensions"]["HealthCheckId"] for node in checks)


def test_every_table_is_watched_between_each_two_regions() -> None:
    graph = build_graph("prod", **FOUR_SERVICES)

    pairs = {
        (node.inputs["dimensions"]["TableName"], node.region)
        for node in graph.of(":MetricAlarm")
        if node.inputs["metricName"] == "ReplicationLatency"
    }
    names = [f"muster-prod-{name}" for name in (*FOUR_SERVICES["services"], "control")]
    assert pairs == {(name, region) for name in names for region in TWO_REGIONS}


def test_the_twin_has_no_errors_of_dynamodb_itself() -> None:
    assert "SystemErrors" not in metrics(build_graph("local", alarms=True))


def test_the_dashboard_shows_what_the_alarms_watch() -> None:
    graph = build_graph("prod", **BOTH_DOORS)

    dashboard = graph.one("dashboard:Dashboard")
    body = json.loads(dashboard.inputs["dashboardBody"])
    shown = {line[1] for w in body["widgets"] for line in w["properties"]["metrics"]}
    assert shown == metrics(graph)
    assert (dashboard.region, dashboard.inputs["dashboardName"]) == ("eu-central-1", "muster-prod")


def test_a_dashboard_needs_no_alarms() -> None:
    graph = build_graph("prod", alarms=False)

    assert len(graph.of("dashboard:Dashboard")) == 1
    assert build_graph("prod", dashboard=False).of("dashboard:Dashboard") == []


def stop_values(graph: ResourceGraph, region: str) -> list[str | None]:
    template = graph.one(":ExperimentTemplate", region)
    return [condition.get("value") for condition in template.inputs["stopConditions"]]


@pytest.mark.parametrize(
    ("doors", "names"),
    [({}, ["unhealthy-hosts"]), (BOTH_DOORS, ["unhealthy-hosts", "api-5xx"])],
)
def test_an_experiment_ends_when_its_region_becomes_unhealthy(
    doors: dict[str, object], names: list[str]
) -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/stop-conditions.html"""
    graph = build_graph("prod", fault_injection=True, **doors)

    for region in TWO_REGIONS:
        arns = stop_values(graph, region)
        assert [arn.rpartition("muster-prod-")[2] for arn in arns if arn] == names
        assert all(f":{region}:" in arn for arn in arns if arn)


def test_stop_alarms_that_are_given_replace_the_stacks_own() -> None:
    graph = build_graph(
        "prod", fault_injection=True, fault_injection_stop_alarms={"us-west-2": [OWN]}
    )

    assert stop_values(graph, "us-west-2") == [OWN]
    assert len(stop_values(graph, "eu-central-1")) == 1


def test_without_alarms_an_experiment_has_no_stop_condition() -> None:
    graph = build_graph("prod", fault_injection=True, alarms=False)

    (condition,) = graph.one(":ExperimentTemplate", "us-west-2").inputs["stopConditions"]
    assert condition == {"source": "none"}
