"""What the policy simulator is asked, and for whom."""

from dataclasses import replace

import pytest

from muster.doctor.drill_actions import drill_actions
from muster.doctor.model import CallerReading, Unread
from muster.doctor.permission_reader import simulate
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.sample_stack import ACCOUNT, make_stack, make_two_door_stack

USER = f"arn:aws:iam::{ACCOUNT}:user/ann"
CALLER = CallerReading(
    account=ACCOUNT, arn=USER, temporary=False, ends_epoch_s=None, clock_ahead_s=0.0
)


@pytest.mark.parametrize(
    ("caller", "source"),
    [
        (USER, USER),
        (
            f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/ann",
            f"arn:aws:iam::{ACCOUNT}:role/path/ops",
        ),
    ],
)
async def test_a_session_is_judged_by_its_role(caller: str, source: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html"""
    aws = FakeAws(denied={"globalaccelerator:UpdateEndpointGroup"})

    found = await simulate(
        aws.clients(), replace(CALLER, arn=caller), drill_actions(make_two_door_stack(), ACCOUNT)
    )

    assert not isinstance(found, Unread)
    assert set(aws.simulated_for) == {source}
    denied = [one for one in found if not one.allowed]
    assert [(one.action, one.purpose) for one in denied] == [
        ("globalaccelerator:UpdateEndpointGroup", "`dial`")
    ]
    assert len(found) > len(denied)


async def test_who_may_not_simulate_is_told_so() -> None:
    aws = FakeAws()
    aws.fail("SimulatePrincipalPolicy", *[FakeFailure("AccessDenied")] * 9)

    found = await simulate(aws.clients(), CALLER, drill_actions(make_stack(), ACCOUNT))

    assert isinstance(found, Unread)
    assert "may not simulate" in found.why


async def test_the_root_user_may_do_everything_and_has_nothing_to_simulate() -> None:
    aws = FakeAws()
    needed = drill_actions(make_stack(), ACCOUNT)

    root = replace(CALLER, arn=f"arn:aws:iam::{ACCOUNT}:root")
    found = await simulate(aws.clients(), root, needed)

    assert not isinstance(found, Unread)
    assert all(one.allowed for one in found)
    assert aws.calls == []
