"""CloudWatch's metrics: the queries, and the values in their answers."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from muster.system.cloudwatch_metrics import (
    RegionMetrics,
    accelerator_queries,
    build_metric_request,
    parse_region_metrics,
    regional_queries,
)
from tests.unit.muster.sample_stack import CONTROL_TABLE, FRANKFURT, OREGON, make_stack

TOKYO = "ap-northeast-1"
NOW = 1_800_000_030.0


def make_answer(query_id: str, *points: tuple[float, float]) -> dict[str, Any]:
    """GetMetricData's answer; points as (seconds before NOW, value)."""
    return {
        "MetricDataResults": [
            {
                "Id": query_id,
                "Timestamps": [datetime.fromtimestamp(NOW - age, UTC) for age, _ in points],
                "Values": [value for _, value in points],
            }
        ]
    }


def parse_regional(query_id: str, *points: tuple[float, float]) -> RegionMetrics:
    queries = regional_queries(make_stack(), OREGON)
    return parse_region_metrics(OREGON, queries, make_answer(query_id, *points), NOW)


def test_the_regional_metrics_have_the_names_that_aws_gives_them() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"""
    queries = {
        (q.namespace, q.metric, q.dimensions, q.stat)
        for q in regional_queries(make_stack(), OREGON)
    }

    assert (
        "AWS/ApplicationELB",
        "RequestCount",
        (("LoadBalancer", "app/muster-test/86df"),),
        "Sum",
    ) in queries
    assert (
        "AWS/DynamoDB",
        "ReplicationLatency",
        (("TableName", CONTROL_TABLE), ("ReceivingRegion", FRANKFURT)),
        "Maximum",
    ) in queries
    assert not any(("ReceivingRegion", OREGON) in dimensions for _, _, dimensions, _ in queries)


def test_the_lag_is_that_of_all_tables() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html"""
    tables = {"items": "muster-test-items", "hits": "muster-test-hits"}

    queries = regional_queries(make_stack(services=tables), OREGON)

    found = [q.dimensions[0][1] for q in queries if q.metric == "ReplicationLatency"]
    assert found == ["muster-test-items", "muster-test-hits", CONTROL_TABLE]


def test_new_connections_are_queried_by_endpoint_group() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html"""
    (first, second) = accelerator_queries(make_stack())

    assert first.dimensions == (
        ("Accelerator", "6178-abad"),
        ("Listener", "b4bd"),
        ("EndpointGroup", FRANKFURT),
    )
    assert second.of == OREGON


@pytest.mark.parametrize(
    ("points", "rate"),
    [
        ([(90.0, 600.0)], 10.0),  # a whole minute
        ([(30.0, 300.0), (90.0, 60.0)], 10.0),  # half of this minute so far
        ([(3.0, 300.0), (63.0, 60.0)], 1.0),  # this minute has only begun
        ([], 0.0),  # counts are published while there is something to count
        ([(210.0, 600.0)], 10.0),  # published two minutes late, as on AWS
    ],
)
def test_a_rate_is_that_of_the_newest_minute_that_is_long_enough(
    points: list[tuple[float, float]], rate: float
) -> None:
    assert parse_regional("requests", *points).requests_per_s == rate


@pytest.mark.parametrize(
    ("others_s", "last_s", "rate"),
    [
        (30.0, 30.0, 10.0),
        (150.0, 150.0, 10.0),  # all of them come late
        (150.0, 210.0, 10.0),  # one of them a minute later than the others
        (30.0, 150.0, 0.0),  # nothing came since
        (150.0, 270.0, 0.0),
        (150.0, None, 0.0),
    ],
)
def test_a_region_without_new_connections_has_none_in_the_others_newest_minute(
    others_s: float, last_s: float | None, rate: float
) -> None:
    """Counts come a minute or two late, and how late is not known.

    https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html
    """
    queries = accelerator_queries(make_stack())
    there = make_answer(queries[0].id, (others_s, 900.0))
    here = make_answer(queries[1].id, *([] if last_s is None else [(last_s, min(60, last_s) * 10)]))
    both = {"MetricDataResults": there["MetricDataResults"] + here["MetricDataResults"]}

    found = parse_region_metrics(OREGON, queries, both, NOW)

    assert found.new_connections_per_s == rate


def test_a_function_without_values_is_not_taken_for_idle() -> None:
    """Health checks are executions too, so a count that is missing is late.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html
    """
    assert parse_regional("requests", (90.0, 600.0)).concurrency_used is None
    assert parse_regional("concurrency", (90.0, 2.0), (150.0, 7.0)).concurrency_used == 2.0


def test_requests_have_ended_when_only_health_checks_go_on() -> None:
    """The function is called by health checks too, so its count goes on."""
    queries = regional_queries(make_stack(), OREGON)
    requests, checks = (
        make_answer("requests", (210.0, 600.0)),
        make_answer("concurrency", (30.0, 1.0)),
    )
    both = {"MetricDataResults": requests["MetricDataResults"] + checks["MetricDataResults"]}

    assert parse_region_metrics(OREGON, queries, both, NOW).requests_per_s == 0.0


def test_the_lag_is_the_largest_recent_one_in_seconds() -> None:
    found = parse_regional("lag0", (30.0, 800.0), (90.0, 2500.0), (250.0, 90_000.0))

    assert found.lags_s == {FRANKFURT: 2.5}


def test_no_lag_is_not_a_good_lag() -> None:
    """A drop to nothing may mean that replication has stopped.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-global-table-design.prescriptive-guidance.html
    """
    assert parse_regional("requests", (90.0, 600.0)).lags_s == {}


@pytest.mark.parametrize(
    ("silent_s", "lag_s"), [(30.0, 0.9), (90.0, 0.9), (150.0, None), (None, None)]
)
def test_replication_has_stopped_in_a_direction_without_values(
    silent_s: float | None, lag_s: float | None
) -> None:
    """Other directions have values; its own are minutes old and don't describe the present."""
    regions = {**make_stack().regions, TOKYO: replace(make_stack().regions[OREGON], region=TOKYO)}
    queries = regional_queries(replace(make_stack(), regions=regions), OREGON)
    to = {dict(q.dimensions).get("ReceivingRegion"): q.id for q in reversed(queries)}
    recent = make_answer(to[FRANKFURT], (30.0, 500.0), (90.0, 400.0))
    last = make_answer(to[TOKYO], *([] if silent_s is None else [(silent_s, 900.0)]))
    both = {"MetricDataResults": recent["MetricDataResults"] + last["MetricDataResults"]}

    found = parse_region_metrics(OREGON, queries, both, NOW)

    assert found.lags_s == {FRANKFURT: 0.5, TOKYO: lag_s}


def test_the_request_has_the_form_of_the_api() -> None:
    queries = regional_queries(make_stack(), OREGON)

    request = build_metric_request(queries, NOW)

    assert request["EndTime"] > datetime.fromtimestamp(NOW, UTC)
    assert len({query["Id"] for query in request["MetricDataQueries"]}) == len(queries)
