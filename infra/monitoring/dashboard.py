"""A CloudWatch dashboard: one page of the stack's alarmed metrics, all Regions side by side."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi_aws.cloudwatch import Dashboard

from infra.monitoring.rules import AlarmRule

WIDTH, HEIGHT, COLUMNS = 8, 6, 24
"""Of a widget, and of the grid; units of CloudWatch's grid:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMetric:
    """A line of the dashboard, with the threshold of its alarm."""

    region: str
    namespace: str
    metric: str
    dimensions: Mapping[str, str]
    statistic: str
    period_s: int
    threshold: float
    label: str


def dashboard_body(metrics: Sequence[ShownMetric]) -> str:
    """The dashboard's JSON: a widget for each metric, with a line for each thing measured."""
    by_metric: dict[tuple[str, str], list[ShownMetric]] = {}
    for shown in metrics:
        by_metric.setdefault((shown.namespace, shown.metric), []).append(shown)
    widgets = [_widget(i, lines) for i, lines in enumerate(by_metric.values())]
    return json.dumps({"widgets": widgets}, sort_keys=True)


def _widget(index: int, lines: Sequence[ShownMetric]) -> dict[str, Any]:
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
            "metrics": [_line(shown) for shown in lines],
            "annotations": {"horizontal": [{"label": "alarm", "value": first.threshold}]},
        },
    }


def _line(shown: ShownMetric) -> list[Any]:
    dimensions = [text for pair in shown.dimensions.items() for text in pair]
    return [
        shown.namespace,
        shown.metric,
        *dimensions,
        {"region": shown.region, "label": shown.label},
    ]


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
                [_shown(rule, own) for rule, own in zip(rules, all_of, strict=True)]
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


def _shown(rule: AlarmRule, dimensions: Mapping[str, str]) -> ShownMetric:
    return ShownMetric(
        region=rule.region,
        namespace=rule.namespace,
        metric=rule.metric,
        dimensions=dimensions,
        statistic=rule.statistic,
        period_s=rule.period_s,
        threshold=rule.threshold,
        label=" ".join((rule.region, rule.key)),
    )
