"""CloudWatch's metrics: what is asked, and what the answers mean."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from muster.system import cloudwatch_metrics
from tests.unit.muster.sample_stack import CONTROL_TABLE, FRANKFURT, OREGON, make_stack

TOKYO = "ap-northeast-1"
NOW = 1_800_000_030.0


def answer(query_id: str, *points: tuple[float, float]) -> dict[str, Any]:
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


def regional(query_id: str, *points: tuple[float, float]) -> cloudwatch_metrics.RegionMetrics:
    queries = cloudwatch_metrics.regional_queries(make_stack(), OREGON)
    return cloudwatch_metrics.parse_region_metrics(OREGON, queries, answer(query_id, *points), NOW)


def test_the_regional_metrics_have_the_names_that_aws_gives_them() -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html"""
    asked = {
        (q.namespace, q.metric, q.dimensions, q.stat)
        for q in cloudwatch_metrics.regional_queries(make_stack(), OREGON)
    }

    assert (
        "AWS/ApplicationELB",
        "RequestCount",
        (("LoadBalancer", "app/muster-test/86df"),),
        "Sum",
    ) in asked
    assert (
        "AWS/DynamoDB",
        "ReplicationLatency",
        (("TableName", CONTROL_TABLE), ("ReceivingRegion", FRANKFURT)),
        "Maximum",
    ) in asked
    assert not any(("ReceivingRegion", OREGON) in dimensions for _, _, dimensions, _ in asked)


def test_new_connections_are_asked_by_endpoint_group() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cloudwatch-monitoring.html"""
    (first, second) = cloudwatch_metrics.accelerator_queries(make_stack())

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
def test_a_rate_is_that_of_the_newest_minute_that_says_enough(
    points: list[tuple[float, float]], rate: float
) -> None:
    assert regional("requests", *points).requests_per_s == rate


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
    queries = cloudwatch_metrics.accelerator_queries(make_stack())
    there = answer(queries[0].id, (others_s, 900.0))
    here = answer(queries[1].id, *([] if last_s is None else [(last_s, min(60, last_s) * 10)]))
    both = {"MetricDataResults": there["MetricDataResults"] + here["MetricDataResults"]}

    found = cloudwatch_metrics.parse_region_metrics(OREGON, queries, both, NOW)

    assert found.new_connections_per_s == rate


def test_a_function_of_which_nothing_is_told_is_not_taken_for_idle() -> None:
    """Health checks are executions too, so a count that is missing is late.

    https://docs.aws.amazon.com/lambda/latest/dg/monitoring-concurrency.html
    """
    assert regional("requests", (90.0, 600.0)).concurrency_used is None
    assert regional("concurrency", (90.0, 2.0), (150.0, 7.0)).concurrency_used == 2.0


def test_requests_have_ended_when_only_health_checks_go_on() -> None:
    """The function is called by health checks too, so its count goes on."""
    queries = cloudwatch_metrics.regional_queries(make_stack(), OREGON)
    requests, checks = answer("requests", (210.0, 600.0)), answer("concurrency", (30.0, 1.0))
    both = {"MetricDataResults": requests["MetricDataResults"] + checks["MetricDataResults"]}

    assert cloudwatch_metrics.parse_region_metrics(OREGON, queries, both, NOW).requests_per_s == 0.0


def test_the_lag_is_the_largest_recent_one_in_seconds() -> None:
    found = regional("lag0", (30.0, 800.0), (90.0, 2500.0), (250.0, 90_000.0))

    assert found.lags_s == {FRANKFURT: 2.5}


def test_no_lag_is_not_a_good_lag() -> None:
    """A drop to nothing may mean that replication stands still.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-global-table-design.prescriptive-guidance.html
    """
    assert regional("requests", (90.0, 600.0)).lags_s == {}


@pytest.mark.parametrize(
    ("silent_s", "lag_s"), [(30.0, 0.9), (90.0, 0.9), (150.0, None), (None, None)]
)
def test_a_direction_that_is_silent_while_others_speak_stands_still(
    silent_s: float | None, lag_s: float | None
) -> None:
    """Its last values are minutes old by then, and say nothing of now."""
    regions = {**make_stack().regions, TOKYO: replace(make_stack().regions[OREGON], region=TOKYO)}
    queries = cloudwatch_metrics.regional_queries(replace(make_stack(), regions=regions), OREGON)
    to = {dict(q.dimensions).get("ReceivingRegion"): q.id for q in reversed(queries)}
    spoken = answer(to[FRANKFURT], (30.0, 500.0), (90.0, 400.0))
    last = answer(to[TOKYO], *([] if silent_s is None else [(silent_s, 900.0)]))
    both = {"MetricDataResults": spoken["MetricDataResults"] + last["MetricDataResults"]}

    found = cloudwatch_metrics.parse_region_metrics(OREGON, queries, both, NOW)

    assert found.lags_s == {FRANKFURT: 0.5, TOKYO: lag_s}


def test_what_is_asked_is_a_call_that_aws_takes() -> None:
    queries = cloudwatch_metrics.regional_queries(make_stack(), OREGON)

    wire = cloudwatch_metrics.build_metric_request(queries, NOW)

    assert wire["EndTime"] > datetime.fromtimestamp(NOW, UTC)
    assert len({query["Id"] for query in wire["MetricDataQueries"]}) == len(queries)
