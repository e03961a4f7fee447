"""Rules of a listener: the priority that none has yet, and conditions that are about one thing.

https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/elbv2/listener_rule.go
"""

import pytest

from tests.unit.twin.provider.fakes import FakeAws, Program, refuse
from twin.provider.errors import AwsCallFailed
from twin.provider.operations.check import NamingRequest, check_arguments
from twin.provider.resources.registry import find_resource_type
from twin.provider.values import Properties

TOKEN = "aws:lb/listenerRule:ListenerRule"
LISTENER = "arn:aws:elasticloadbalancing:eu-central-1:123456789012:listener/app/web/1/2"
RULE: Properties = {
    "listenerArn": LISTENER,
    "actions": [{"type": "forward", "targetGroupArn": "one"}],
    "conditions": [{"pathPattern": {"values": ["/a"]}}],
}


class BusyListener(FakeAws):
    """A listener to which somebody else adds a rule before each of the first ones of a program."""

    def __init__(self, others: int) -> None:
        super().__init__()
        self.rules: list[Properties] = []
        self.others = others
        self.handlers = {
            "DescribeRules": self._list,
            "CreateRule": self._create,
            "DescribeTags": lambda *_: {"TagDescriptions": [{"Tags": []}]},
        }

    def _list(self, _: str, params: Properties) -> Properties:
        wanted = params.get("RuleArns")
        return {"Rules": [r for r in self.rules if not wanted or r["RuleArn"] in wanted]}

    def _create(self, region: str, params: Properties) -> Properties:
        if self.others:
            self.others -= 1
            self.rules.append({"RuleArn": f"other {self.others}", "Priority": params["Priority"]})
        if any(rule["Priority"] == params["Priority"] for rule in self.rules):
            return refuse("PriorityInUse")(region, params)
        rule = {**params, "RuleArn": f"{LISTENER.replace(':listener/', ':listener-rule/')}/3"}
        self.rules.append(rule)
        return {"Rules": [rule]}


def test_a_priority_that_another_rule_took_is_chosen_again() -> None:
    aws = BusyListener(others=2)
    program = Program(aws, TOKEN, timeout_s=600)

    program.up(RULE)

    assert program.state["priority"] == 3


def test_a_priority_of_the_program_is_not_chosen_again() -> None:
    aws = BusyListener(others=1)

    with pytest.raises(AwsCallFailed, match="PriorityInUse"):
        Program(aws, TOKEN).up({**RULE, "priority": 1})

    assert aws.operations() == ["CreateRule"]


@pytest.mark.parametrize(
    ("condition", "path"),
    [
        ({}, "conditions[0]"),
        ({"hostHeader": {"values": ["a"]}, "pathPattern": {"values": ["/"]}}, "conditions[0]"),
        ({"hostHeader": {}}, "conditions[0]"),
        ({"httpHeader": {"httpHeaderName": "X"}}, "conditions[0].httpHeader.values"),
        ({"pathPattern": {"values": []}}, "conditions[0].pathPattern.values"),
    ],
)
def test_a_condition_is_about_one_thing_and_has_values(condition: Properties, path: str) -> None:
    found = check_arguments(
        find_resource_type(TOKEN),
        olds={},
        news={**RULE, "conditions": [condition]},
        names=NamingRequest(logical_name="x"),
    )

    assert path in dict(found.failures)
