"""DescribeAlarms with all of its conditions and its pages, and what is kept of a composite alarm.

moto looks at one condition only, whatever else a call asks for, and answers with all alarms of both
types. It stores and shows alarms with a rule, and has no operation to make one.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
"""

import re
from collections.abc import Callable
from typing import Any

from moto.cloudwatch.exceptions import CloudWatchException
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from twin.core.pages import find_page
from twin.moto.patches.patching import set_attribute

METRIC, COMPOSITE = "MetricAlarm", "CompositeAlarm"
MAX_RECORDS = 100
"""AWS says the largest page, and no other default."""
_RULE_ALARM = re.compile(
    r"\b(?:ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s()]*))"
)
_Condition = Callable[[Any], bool]


class InvalidNextToken(CloudWatchException):
    """moto finds the error in the service's model by its type."""

    code = "InvalidNextToken"


def patch_alarm_lists() -> None:
    """Patch moto's alarms."""
    set_attribute(CloudWatchResponse, "describe_alarms", _describe_alarms)
    set_attribute(CloudWatchResponse, "put_composite_alarm", _put_composite_alarm)


def _put_composite_alarm(self: Any) -> ActionResult:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html."""
    CloudWatchResponse.put_metric_alarm(self)
    alarm = self.cloudwatch_backend.alarms[self._get_param("AlarmName")]
    alarm.actions_suppressor = self._get_param("ActionsSuppressor")
    alarm.actions_suppressor_wait_period = self._get_param("ActionsSuppressorWaitPeriod")
    alarm.actions_suppressor_extension_period = self._get_param("ActionsSuppressorExtensionPeriod")
    return EmptyResult()


def _describe_alarms(self: Any) -> ActionResult:
    """ "If you omit this parameter [AlarmTypes], only metric alarms are returned"."""
    alarms = self.cloudwatch_backend.alarms
    conditions = _read_conditions(self._get_param, alarms)
    related = self._get_param("ChildrenOfAlarmName") or self._get_param("ParentsOfAlarmName")
    types = self._get_param("AlarmTypes") or ([METRIC, COMPOSITE] if related else [METRIC])
    found = [
        alarm
        for alarm in alarms.values()
        if _kind(alarm) in types and all(holds(alarm) for holds in conditions)
    ]
    page, following = _find_page(
        [alarm.name for alarm in found],
        self._get_param("NextToken"),
        self._get_param("MaxRecords") or MAX_RECORDS,
    )
    listed: dict[str, list[Any]] = {METRIC: [], COMPOSITE: []}
    for alarm in found[page]:
        listed[_kind(alarm)].append(alarm)
    answer = {"MetricAlarms": listed[METRIC], "CompositeAlarms": listed[COMPOSITE]}
    return ActionResult(answer | ({"NextToken": following} if following else {}))


def _find_page(names: list[str], token: str | None, size: int) -> tuple[slice, str | None]:
    try:
        return find_page(names, token, size)
    except ValueError:
        raise InvalidNextToken("The next token specified is invalid.") from None


def _kind(alarm: Any) -> str:
    return METRIC if alarm.rule is None else COMPOSITE


def _read_conditions(read: Callable[[str], Any], alarms: dict[str, Any]) -> list[_Condition]:
    conditions: list[_Condition] = []
    if names := read("AlarmNames"):
        conditions.append(lambda alarm: alarm.name in names)
    if prefix := read("AlarmNamePrefix"):
        conditions.append(lambda alarm: alarm.name.startswith(prefix))
    if state := read("StateValue"):
        conditions.append(lambda alarm: alarm.state_value == state)
    if action := read("ActionPrefix"):
        conditions.append(lambda alarm: any(one.startswith(action) for one in _actions(alarm)))
    if (parent := read("ChildrenOfAlarmName")) is not None:
        children = alarms_of_rule(alarms[parent].rule if parent in alarms else None)
        conditions.append(lambda alarm: alarm.name in children)
    if (child := read("ParentsOfAlarmName")) is not None:
        conditions.append(lambda alarm: child in alarms_of_rule(alarm.rule))
    return conditions


def _actions(alarm: Any) -> list[str]:
    return [*(alarm.alarm_actions or ()), *alarm.ok_actions, *alarm.insufficient_data_actions]


def alarms_of_rule(rule: str | None) -> set[str]:
    """The names or ARNs of the alarms that a composite alarm's rule asks for.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    """
    return {next(filter(None, found.groups()), "") for found in _RULE_ALARM.finditer(rule or "")}
