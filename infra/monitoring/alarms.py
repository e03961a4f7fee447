"""The alarms as resources, and what the stack's outputs say about them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
from pulumi_aws.cloudwatch import MetricAlarm

from infra.monitoring.rules import AlarmRule


@dataclass(frozen=True, slots=True, kw_only=True)
class StackAlarmsArgs:
    prefix: str
    rules: Sequence[AlarmRule]
    topic_arns: Mapping[str, str]
    """Region -> the topic that its alarms notify."""
    tags: Mapping[str, str]


class StackAlarms(pulumi.ComponentResource):
    """All alarms of a stack."""

    outputs: dict[str, dict[str, dict[str, object]]]
    """Region of CloudWatch -> name -> what it shows, and of which Regions."""
    arns: dict[tuple[str, str], pulumi.Output[str]]
    """(Region of CloudWatch, key of the rule) -> ARN."""

    def __init__(
        self, name: str, args: StackAlarmsArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("muster:infra:Alarms", name, None, opts)
        self.outputs = {}
        self.arns = {}
        for rule in args.rules:
            alarm = self._alarm(name, args, rule)
            self.arns[rule.region, rule.key] = alarm.arn
            shown: dict[str, object] = {"shows": str(rule.cause), "regions": list(rule.about)}
            self.outputs.setdefault(rule.region, {})[_alarm_name(args, rule)] = shown
        self.register_outputs({})

    def _alarm(self, name: str, args: StackAlarmsArgs, rule: AlarmRule) -> MetricAlarm:
        topic = args.topic_arns.get(rule.region)
        topics = [topic] if topic else []
        return MetricAlarm(
            f"{name}-{rule.region}-{rule.key}",
            region=rule.region,
            name=_alarm_name(args, rule),
            alarm_description=rule.says,
            namespace=rule.namespace,
            metric_name=rule.metric,
            dimensions=dict(rule.dimensions),
            statistic=rule.statistic,
            period=rule.period_s,
            evaluation_periods=rule.periods,
            datapoints_to_alarm=rule.breaching,
            comparison_operator=(
                "LessThanThreshold" if rule.below else "GreaterThanOrEqualToThreshold"
            ),
            threshold=rule.threshold,
            treat_missing_data=rule.missing,
            alarm_actions=topics,
            ok_actions=topics,
            # No data of what is always measured is news as well.
            insufficient_data_actions=topics if rule.missing == "missing" else [],
            tags=dict(args.tags),
            opts=pulumi.ResourceOptions(parent=self),
        )


def _alarm_name(args: StackAlarmsArgs, rule: AlarmRule) -> str:
    return f"{args.prefix}-{rule.key}"
