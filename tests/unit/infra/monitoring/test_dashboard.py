"""The dashboard's JSON."""

import json

from infra.monitoring.dashboard import dashboard_body
from infra.monitoring.rules import AlarmRule


def shown(region: str, metric: str = "Errors") -> AlarmRule:
    return AlarmRule(
        key="errors",
        region=region,
        about=(region,),
        says="The function ends with errors",
        namespace="AWS/Lambda",
        metric=metric,
        dimensions={"FunctionName": "muster"},
        threshold=5,
    )


def test_the_regions_of_a_metric_share_a_widget() -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""
    (widget,) = json.loads(dashboard_body([shown("eu-central-1"), shown("us-west-2")]))["widgets"]

    assert widget["type"] == "metric"
    assert widget["properties"]["metrics"] == [
        [
            "AWS/Lambda",
            "Errors",
            "FunctionName",
            "muster",
            {"region": region, "label": f"{region} errors"},
        ]
        for region in ("eu-central-1", "us-west-2")
    ]
    assert widget["properties"]["annotations"]["horizontal"][0]["value"] == 5


def test_widgets_fill_the_grid_without_overlap() -> None:
    body = json.loads(dashboard_body([shown("us-west-2", f"m{i}") for i in range(7)]))

    places = [(widget["x"], widget["y"]) for widget in body["widgets"]]
    assert len(set(places)) == 7
    assert all(widget["x"] + widget["width"] <= 24 for widget in body["widgets"])


def test_the_same_metrics_make_the_same_text() -> None:
    metrics = [shown("eu-central-1"), shown("us-west-2", "Throttles")]

    assert dashboard_body(metrics) == dashboard_body(list(metrics))
