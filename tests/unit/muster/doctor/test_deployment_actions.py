"""What a first deployment is said to need, beside the policies of who deploys."""

import json
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from muster.doctor.deployment_actions import deployment_actions
from muster.doctor.deployment_file import PlannedPart, PlannedStack, read_planned_stack
from muster.doctor.permission_reader import NeededAction
from tests.unit.muster.doctor.builders import is_allowed_by
from tests.unit.muster.sample_stack import ACCOUNT

ROOT = Path(__file__).resolve().parents[4]
PLANNED = read_planned_stack(ROOT / "Pulumi.prod.yaml")
EVERY_PART: frozenset[PlannedPart] = frozenset(get_args(PlannedPart))


def whole_stack() -> PlannedStack:
    return replace(PLANNED, parts=EVERY_PART)


def policies() -> tuple[str, ...]:
    texts = [path.read_text() for path in sorted((ROOT / "docs").glob("iam/deployer*.json"))]
    return tuple(
        json.dumps(json.loads(text.replace("ACCOUNT", ACCOUNT).replace("PREFIX", PLANNED.prefix)))
        for text in texts
    )


@pytest.mark.parametrize(
    "needed", deployment_actions(ACCOUNT, whole_stack()), ids=lambda one: one.actions[0]
)
def test_the_deployers_policies_allow_what_the_doctor_asks_for(needed: NeededAction) -> None:
    """An action that no policy has, or on a resource that it does not name, would be a false alarm.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    assert is_allowed_by(policies(), needed)


def test_a_part_that_the_stack_lacks_needs_no_permission() -> None:
    bare = {one.actions for one in deployment_actions(ACCOUNT, replace(PLANNED, parts=frozenset()))}
    whole = {one.actions for one in deployment_actions(ACCOUNT, whole_stack())}

    assert bare < whole
    assert ("lambda:CreateFunction",) in bare
    for part in EVERY_PART:
        own = deployment_actions(ACCOUNT, replace(PLANNED, parts=frozenset({part})))
        assert len(own) > len(bare), part
