"""A CloudWatch dashboard: one page of the stack's alarmed metrics, all Regions side by side."""

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pulumi
from pulumi_aws.cloudwatch import Dashboard

from infra.monitoring.rules import AlarmRule

WIDTH, HEIGHT, COLUMNS = 8, 6, 24
"""Of a widget, and of the grid; units of CloudWatch's grid:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""


def dashboard_body(rules: Sequence[AlarmRule]) -> str:
    """The dashboard's JSON: a widget for each metric, with a line for each thing measured.

    The dimensions of `rules` are texts.
    """
    by_metric: dict[tuple[str, str], list[AlarmRule]] = {}
    for rule in rules:
        by_metric.setdefault((rule.namespace, rule.metric), []).append(rule)
    widgets = [_widget(i, lines) for i, lines in enumerate(by_metric.values())]
    return json.dumps({"widgets": widgets}, sort_keys=True)


def _widget(index: int, lines: Sequence[AlarmRule]) -> dict[str, Any]:
    first, per_row = lines[0], COLUMNS // WIDTH
    return {
        "type": "metric",
        "x": index % per_row * WIDTH,
        "y": index // per_row * HEIGHT,
        "width": WIDTH,
        "height": HEIGHT,
        "properties": {
            "title": f"{first.namespace.removeprefix('AWS/')} {first.metric}",
            "region": first.region,
            "stat": first.statistic,
            "period": first.period_s,
            "view": "timeSeries",
            "metrics": [_line(rule) for rule in lines],
            "annotations": {"horizontal": [{"label": "alarm", "value": first.threshold}]},
        },
    }


def _line(rule: AlarmRule) -> list[Any]:
    dimensions = [text for pair in rule.dimensions.items() for text in pair]
    label = f"{rule.region} {rule.key}"
    return [rule.namespace, rule.metric, *dimensions, {"region": rule.region, "label": label}]


class StackDashboard(pulumi.ComponentResource):
    """The dashboard of a stack's rules, in its home Region."""

    def __init__(
        self,
        name: str,
        prefix: str,
        home_region: str,
        rules: Sequence[AlarmRule],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("muster:infra:Dashboard", name, None, opts)
        found = [pulumi.Output.all(**rule.dimensions) for rule in rules]
        body = pulumi.Output.all(*found).apply(
            lambda all_of: dashboard_body(
                [replace(rule, dimensions=own) for rule, own in zip(rules, all_of, strict=True)]
            )
        )
        Dashboard(
            f"{name}-dashboard",
            region=home_region,
            dashboard_name=prefix,
            dashboard_body=body,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
