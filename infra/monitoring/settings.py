"""Parses the settings of alarms, of the dashboard and of the budget. Does not import Pulumi."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from infra.configuration.reader import ConfigurationReader
from infra.configuration.rules import parse_arn, parse_by_region
from infra.targets import StackTarget

MAX_BUDGET_USD = 1_000_000
MAX_EMAILS = 10
"""https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_NotificationWithSubscribers.html"""
MAX_STOP_ALARMS = 5
"""https://docs.aws.amazon.com/fis/latest/userguide/fis-quotas.html"""
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetSettings:
    """A monthly budget of the account."""

    limit_usd: int
    emails: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitoringSettings:
    """What watches the stack."""

    alarms: bool
    topic_arns: Mapping[str, str]
    """Region -> the SNS topic that its alarms notify."""
    stop_alarms: Mapping[str, tuple[str, ...]]
    """Region -> ARNs of the alarms that end an experiment there; the stack's own where none."""
    dashboard: bool
    budget: BudgetSettings | None


def parse_monitoring(reader: ConfigurationReader, target: StackTarget) -> MonitoringSettings:
    """Read the keys of monitoring."""
    return MonitoringSettings(
        alarms=reader.flag("alarms", default=False),
        topic_arns=_parse_topics(reader),
        stop_alarms=parse_by_region(
            reader,
            "fault_injection_stop_alarms",
            _parse_stop_alarms,
            f"a list of 1 to {MAX_STOP_ALARMS} ARNs of alarms of that Region",
        ),
        dashboard=reader.flag("dashboard", default=False),
        budget=_parse_budget(reader, target),
    )


def _parse_topics(reader: ConfigurationReader) -> dict[str, str]:
    """An alarm notifies a topic of its own Region only; AWS refuses another one:
    https://github.com/cds-snc/notification-terraform/pull/128"""
    return parse_by_region(reader, "alarm_topic_arns", _parse_topic, "an SNS topic of that Region")


def _parse_topic(region: str, value: object) -> str | None:
    return parse_arn(value, "sns", region, r"[\w-]{1,256}(\.fifo)?")


def _parse_stop_alarms(region: str, value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list) or not 1 <= len(value) <= MAX_STOP_ALARMS:
        return None
    found = [parse_arn(arn, "cloudwatch", region, "alarm:.{1,255}") for arn in value]
    arns = tuple(filter(None, found))
    return arns if len(arns) == len(value) else None


def _parse_budget(reader: ConfigurationReader, target: StackTarget) -> BudgetSettings | None:
    """0 for none. A budget that tells nobody is refused."""
    limit_usd = reader.integer("budget_usd", (0, MAX_BUDGET_USD), 0)
    emails = reader.texts("budget_emails")
    if not all(_EMAIL.fullmatch(email) for email in emails) or len(emails) > MAX_EMAILS:
        reader.refuse("budget_emails", f"must be at most {MAX_EMAILS} addresses of people")
    if not limit_usd:
        return None
    if target is StackTarget.TWIN:
        reader.refuse("budget_usd", "is for AWS; nothing on the twin costs money")
    if not emails:
        reader.refuse("budget_usd", "needs muster:budget_emails, whom AWS tells")
    return BudgetSettings(limit_usd=limit_usd, emails=emails)
