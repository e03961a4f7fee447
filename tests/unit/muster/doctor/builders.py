"""Readings of a healthy system, with some changes."""

from collections.abc import Iterable
from dataclasses import replace

from muster.doctor.checks import find_all
from muster.doctor.model import (
    CallerReading,
    ConcurrencyReading,
    Finding,
    PermissionReading,
    PlaceReading,
    QuotaReading,
    Readings,
)
from muster.doctor.permission_reader import NeededAction
from muster.drill.run.lease import LeaseStatus
from tests.unit.muster.sample_stack import ACCOUNT, OREGON, make_stack
from tests.unit.muster.system.test_diagnostics import NOW, make_view
from twin.iam.conditions import RequestContext
from twin.iam.evaluation import (
    AccessQuestion,
    Principal,
    PrincipalKind,
    PrincipalPolicies,
    decide_access,
)

CALLER = CallerReading(
    account=ACCOUNT,
    arn=f"arn:aws:iam::{ACCOUNT}:user/ann",
    temporary=False,
    ends_epoch_s=None,
    clock_ahead_s=0.4,
)
QUOTA = QuotaReading(name="VPCs per Region", region=OREGON, limit=5, used=2, needs=0)
ALLOWED = PermissionReading(action="a:B", resource="*", purpose="`dial`", allowed=True)

HEALTHY = Readings(
    now=NOW,
    target="aws",
    stack=make_stack(),
    caller=CALLER,
    concurrency=(ConcurrencyReading(region=OREGON, limit=1000, unreserved=900),),
    quotas=(QUOTA,),
    permissions=(ALLOWED,),
    view=make_view(alarms={"us-west-2:errors": "OK"}, faults=()),
    lease=LeaseStatus(state="free"),
    places=(PlaceReading(name="office", source="", error=""),) * 2,
)


def find(**changes: object) -> list[Finding]:
    """All findings about a healthy system with these changes."""
    return list(find_all(replace(HEALTHY, **changes)))  # type: ignore[arg-type]  # names are the fields'


def bad(**changes: object) -> list[Finding]:
    """Those that are not ok."""
    return [finding for finding in find(**changes) if finding.verdict != "ok"]


def is_allowed_by(policies: Iterable[str], needed: NeededAction) -> bool:
    """Whether policies allow all its actions, judged without the values of conditions.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
    """
    caller = Principal(kind=PrincipalKind.USER, account=ACCOUNT, arn=CALLER.arn)
    return all(
        decide_access(
            caller,
            PrincipalPolicies(identity=tuple(policies)),
            AccessQuestion(
                action=action, resource=needed.resource, context=RequestContext(values={})
            ),
        ).allowed
        for action in needed.actions
    )
