"""The settings of alarms, dashboard and budget."""

import pytest

from infra.monitoring.settings import BudgetSettings
from tests.unit.infra.stacks import parse_stack, problems_with

TOPIC = "arn:aws:sns:us-west-2:123456789012:pager"
ALARM = "arn:aws:cloudwatch:us-west-2:123456789012:alarm:checkout errors"


def test_nothing_watches_a_stack_that_does_not_say_so() -> None:
    monitoring = parse_stack().monitoring

    assert (monitoring.alarms, monitoring.dashboard, monitoring.budget) == (False, False, None)
    assert (monitoring.topic_arns, monitoring.stop_alarms) == ({}, {})


def test_topics_and_stop_alarms_are_given_by_region() -> None:
    monitoring = parse_stack(
        alarms=True,
        alarm_topic_arns={"us-west-2": TOPIC},
        fault_injection_stop_alarms={"us-west-2": [ALARM]},
    ).monitoring

    assert monitoring.alarms
    assert monitoring.topic_arns == {"us-west-2": TOPIC}
    assert monitoring.stop_alarms == {"us-west-2": (ALARM,)}


@pytest.mark.parametrize("region", ["eu-central-1", "us-east-1"])
def test_a_topic_of_another_region_is_refused(region: str) -> None:
    """AWS refuses it when the alarm is put: "Invalid region ca-central-1 specified. Only us-west-2
    is supported", https://github.com/cds-snc/notification-terraform/pull/128"""
    (problem,) = problems_with(alarm_topic_arns={region: TOPIC})

    assert f"{region}: must be an SNS topic of that Region" in problem


@pytest.mark.parametrize(
    "alarms", [[], ALARM, [ALARM, 7], [ALARM.replace("us-west-2", "eu-west-1")], [ALARM] * 6]
)
def test_stop_alarms_are_a_few_alarms_of_their_region(alarms: object) -> None:
    """https://docs.aws.amazon.com/fis/latest/userguide/fis-quotas.html"""
    (problem,) = problems_with(fault_injection_stop_alarms={"us-west-2": alarms})

    assert "us-west-2: must be a list of 1 to 5 ARNs of alarms of that Region" in problem


def test_a_budget_has_a_limit_and_people() -> None:
    budget = parse_stack(budget_usd=150, budget_emails=["ops@example.com"]).monitoring.budget

    assert budget == BudgetSettings(limit_usd=150, emails=("ops@example.com",))


def test_a_budget_that_tells_nobody_is_refused() -> None:
    (problem,) = problems_with(budget_usd=150)

    assert "needs muster:budget_emails" in problem


@pytest.mark.parametrize("emails", [["nobody"], ["a b@example.com"], ["a@example.com"] * 11])
def test_a_budget_tells_up_to_ten_addresses(emails: list[str]) -> None:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_NotificationWithSubscribers.html"""
    (problem,) = problems_with(budget_usd=150, budget_emails=emails)

    assert "must be at most 10 addresses" in problem


def test_a_twin_has_no_budget() -> None:
    problems = problems_with(target="twin", budget_usd=1, budget_emails=["a@example.com"])

    assert any("nothing on the twin costs money" in problem for problem in problems)
