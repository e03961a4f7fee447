"""What levers and drills are said to need, beside the operator's policy."""

from dataclasses import replace
from pathlib import Path

import pytest

from muster.doctor.drill_actions import drill_actions
from muster.doctor.permission_reader import NeededAction
from muster.model import Stack
from tests.unit.muster.doctor.builders import is_allowed_by
from tests.unit.muster.sample_stack import (
    ACCELERATOR,
    ACCOUNT,
    CONTROL_TABLE,
    FUNCTION,
    REGIONS,
    ZONE,
    make_dns_outputs,
    make_outputs,
    make_stack,
)

ROOT = Path(__file__).resolve().parents[4]
WORDS = {
    "ACCELERATOR": ACCELERATOR.rpartition("/")[2],
    "CONTROL_TABLE": CONTROL_TABLE,
    "ACCOUNT": ACCOUNT,
    "FUNCTION": FUNCTION,
    "TABLE": make_outputs()["table"],
    "ZONE": ZONE,
}


def whole_stack() -> Stack:
    """With both doors and experiments."""
    templates = dict.fromkeys(REGIONS, "EXT1")
    return make_stack(dns=make_dns_outputs(), replication_pause_templates=templates)


def operator_policy() -> str:
    text = (ROOT / "docs" / "iam/operator.json").read_text()
    for word, name in WORDS.items():
        text = text.replace(word, name)
    return text


@pytest.mark.parametrize(
    "needed",
    drill_actions(whole_stack(), ACCOUNT),
    ids=lambda one: f"{one.actions[0]}-{one.resource}",
)
def test_the_operators_policy_allows_what_the_doctor_asks_for(needed: NeededAction) -> None:
    """Another action or resource would be a false alarm.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    assert is_allowed_by((operator_policy(),), needed)


def test_every_lever_without_a_condition_is_asked_for_in_every_region() -> None:
    needed = drill_actions(whole_stack(), ACCOUNT)
    asked = {action for one in needed for action in one.actions}

    assert {
        "globalaccelerator:UpdateEndpointGroup",
        "route53:ChangeResourceRecordSets",
        "route53:UpdateHealthCheck",
        "dynamodb:PutItem",
        "lambda:PutFunctionConcurrency",
        "lambda:InvokeFunction",
    } <= asked
    for action in ("dynamodb:PutItem", "lambda:PutFunctionConcurrency"):
        resources = [one.resource for one in needed if action in one.actions]
        assert [arn.split(":")[3] for arn in resources] == list(REGIONS)


def test_a_door_that_the_stack_lacks_is_not_asked_for() -> None:
    plain = replace(make_stack(), accelerator_arn="")
    actions = [action for one in drill_actions(plain, ACCOUNT) for action in one.actions]

    services = {action.partition(":")[0] for action in actions}
    assert services == {"cloudwatch", "dynamodb", "elasticloadbalancing", "lambda"}
    assert plain.account == "", "its outputs have none"
    assert all(
        one.resource == "*" or ACCOUNT in one.resource for one in drill_actions(plain, ACCOUNT)
    )
