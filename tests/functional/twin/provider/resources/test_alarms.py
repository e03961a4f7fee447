"""Alarms and dashboards, on moto."""

import json

from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle

TOKEN = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPARISON = {"comparisonOperator": "GreaterThanThreshold", "evaluationPeriods": 2, "threshold": 5}


def test_an_alarm_on_a_metric_lives(driver: Driver) -> None:
    alarm = check_lifecycle(
        driver,
        TOKEN,
        "errors",
        {
            **COMPARISON,
            "namespace": "AWS/ApplicationELB",
            "metricName": "HTTPCode_Target_5XX_Count",
            "statistic": "Sum",
            "period": 60,
            "dimensions": {"LoadBalancer": "app/a/1"},
            "tags": {"a": "b"},
        },
        {"threshold": 7.5, "dimensions": {"LoadBalancer": "app/b/1", "Zone": "a"}},
    )

    assert ":alarm:errors-" in alarm.outputs["arn"]
    check_deletion(driver, alarm)


def test_an_alarm_on_an_expression_lives(driver: Driver) -> None:
    queries = [
        {"id": "rate", "expression": "errors / 100", "label": "Rate", "returnData": True},
        {
            "id": "errors",
            "metric": {
                "metricName": "Errors",
                "namespace": "AWS/Lambda",
                "period": 60,
                "stat": "Sum",
                "dimensions": {"FunctionName": "a"},
            },
        },
    ]
    alarm = check_lifecycle(driver, TOKEN, "rate", {**COMPARISON, "metricQueries": queries}, {})

    check_deletion(driver, alarm)


def body(title: str) -> str:
    return json.dumps({"widgets": [{"type": "text", "properties": {"markdown": title}}]})


def test_a_dashboard_lives(driver: Driver) -> None:
    dashboard = check_lifecycle(
        driver,
        "aws:cloudwatch/dashboard:Dashboard",
        "page",
        {"dashboardName": "muster", "dashboardBody": body("one")},
        {"dashboardBody": body("two")},
    )

    assert dashboard.outputs["dashboardArn"].endswith(":dashboard/muster")
    check_deletion(driver, dashboard)
