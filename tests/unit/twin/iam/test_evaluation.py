"""Which policies allow or refuse, in which order.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
"""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from twin.iam.conditions import RequestContext
from twin.iam.evaluation import (
    ALLOWED,
    AccessDecision,
    AccessQuestion,
    PolicyType,
    Principal,
    PrincipalKind,
    PrincipalPolicies,
    decide_access,
    describe_refusal,
)

ACCOUNT = "123456789012"
ACTION = "dynamodb:GetItem"
TABLE = f"arn:aws:dynamodb:eu-central-1:{ACCOUNT}:table/items"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/reader"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/s"

USER = Principal(kind=PrincipalKind.USER, account=ACCOUNT, arn=USER_ARN)
SESSION = Principal(kind=PrincipalKind.SESSION, account=ACCOUNT, arn=SESSION_ARN, role_arn=ROLE_ARN)
ROOT = Principal(kind=PrincipalKind.ROOT, account=ACCOUNT, arn=f"arn:aws:iam::{ACCOUNT}:root")


def policy(effect: str, principal: object = None, action: str = ACTION) -> str:
    named = {} if principal is None else {"Principal": principal}
    statement = {"Effect": effect, "Action": action, "Resource": TABLE, **named}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


ALLOW, DENY = policy("Allow"), policy("Deny")
OTHER = policy("Allow", action="dynamodb:PutItem")


def question(resource_policy: str | None = None, *, trusted: bool = False) -> AccessQuestion:
    return AccessQuestion(
        action=ACTION,
        resource=TABLE,
        context=RequestContext(),
        resource_policy=resource_policy,
        must_be_trusted=trusted,
    )


def refused(kind: PolicyType, *, explicit: bool = False) -> AccessDecision:
    return AccessDecision(False, kind, is_explicit=explicit)


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        (PrincipalPolicies(), refused(PolicyType.IDENTITY)),
        (PrincipalPolicies(identity=(OTHER,)), refused(PolicyType.IDENTITY)),
        (PrincipalPolicies(identity=(OTHER, ALLOW)), ALLOWED),
        (
            PrincipalPolicies(identity=(ALLOW, DENY)),
            refused(PolicyType.IDENTITY, explicit=True),
        ),
        (PrincipalPolicies(identity=(ALLOW,), boundary=OTHER), refused(PolicyType.BOUNDARY)),
        (PrincipalPolicies(identity=(ALLOW,), boundary=""), refused(PolicyType.BOUNDARY)),
        (PrincipalPolicies(identity=(ALLOW,), boundary=ALLOW), ALLOWED),
        (
            PrincipalPolicies(identity=(ALLOW,), boundary=DENY),
            refused(PolicyType.BOUNDARY, explicit=True),
        ),
        (PrincipalPolicies(boundary=ALLOW), refused(PolicyType.IDENTITY)),
        (PrincipalPolicies(identity=(ALLOW,), session=(OTHER,)), refused(PolicyType.SESSION)),
        (PrincipalPolicies(identity=(ALLOW,), session=(OTHER, ALLOW)), ALLOWED),
        (
            PrincipalPolicies(identity=(ALLOW,), session=(ALLOW, DENY)),
            refused(PolicyType.SESSION, explicit=True),
        ),
        (PrincipalPolicies(identity=("no JSON", ALLOW)), ALLOWED),
    ],
)
def test_identity_boundary_and_session_must_all_allow(
    policies: PrincipalPolicies, expected: AccessDecision
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html"""
    assert decide_access(SESSION, policies, question()) == expected


BOUNDED = PrincipalPolicies(boundary=OTHER, session=(OTHER,))


@pytest.mark.parametrize(
    ("principal", "named", "policies", "expected"),
    [
        (USER, USER_ARN, PrincipalPolicies(), ALLOWED),
        (USER, USER_ARN, BOUNDED, ALLOWED),
        (USER, "*", PrincipalPolicies(), ALLOWED),
        (USER, ACCOUNT, PrincipalPolicies(), refused(PolicyType.IDENTITY)),
        (USER, ROOT.arn, PrincipalPolicies(identity=(ALLOW,)), ALLOWED),
        (USER, f"{USER_ARN}2", PrincipalPolicies(), refused(PolicyType.IDENTITY)),
        (SESSION, SESSION_ARN, BOUNDED, ALLOWED),
        (SESSION, ROLE_ARN, PrincipalPolicies(), ALLOWED),
        (SESSION, ROLE_ARN, BOUNDED, refused(PolicyType.BOUNDARY)),
        (SESSION, ROLE_ARN, PrincipalPolicies(session=(OTHER,)), refused(PolicyType.SESSION)),
        (SESSION, USER_ARN, PrincipalPolicies(), refused(PolicyType.IDENTITY)),
    ],
)
def test_a_resource_based_policy_grants_by_whom_it_names(
    principal: Principal, named: str, policies: PrincipalPolicies, expected: AccessDecision
) -> None:
    granting = question(policy("Allow", {"AWS": named}))

    assert decide_access(principal, policies, granting) == expected


def test_a_resource_based_policy_denies_even_the_root_user() -> None:
    denying = question(policy("Deny", "*"))
    everything = PrincipalPolicies(identity=(ALLOW,))

    assert decide_access(ROOT, PrincipalPolicies(), question()) == ALLOWED
    for principal in (ROOT, USER, SESSION):
        decision = decide_access(principal, everything, denying)
        assert decision == refused(PolicyType.RESOURCE, explicit=True)


def test_a_statement_of_not_principal_is_about_everybody_else() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html"""
    statement = {
        "Effect": "Deny",
        "NotPrincipal": {"AWS": USER_ARN},
        "Action": "*",
        "Resource": "*",
    }
    denying = question(json.dumps({"Version": "2012-10-17", "Statement": statement}))
    everything = PrincipalPolicies(identity=(ALLOW,))

    assert decide_access(USER, everything, denying) == ALLOWED
    assert not decide_access(SESSION, everything, denying).allowed


@pytest.mark.parametrize(
    ("named", "policies", "allowed"),
    [
        (USER_ARN, PrincipalPolicies(), True),
        (ROOT.arn, PrincipalPolicies(), False),
        (ROOT.arn, PrincipalPolicies(identity=(ALLOW,)), True),
        (ROLE_ARN, PrincipalPolicies(identity=(ALLOW,)), False),
    ],
)
def test_a_role_must_trust_its_caller(
    named: str, policies: PrincipalPolicies, allowed: bool
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_terms-and-concepts.html"""
    trust = question(policy("Allow", {"AWS": named}), trusted=True)

    assert decide_access(USER, policies, trust).allowed is allowed


@given(
    identity=st.lists(st.sampled_from([ALLOW, DENY, OTHER]), max_size=3),
    boundary=st.none() | st.sampled_from([ALLOW, DENY, OTHER]),
    session=st.lists(st.sampled_from([ALLOW, DENY, OTHER]), max_size=2),
    named=st.sampled_from(["*", USER_ARN, ROOT.arn, ROLE_ARN, SESSION_ARN]),
)
def test_an_explicit_deny_always_wins_and_more_bounds_never_allow_more(
    identity: list[str], boundary: str | None, session: list[str], named: str
) -> None:
    asked = question(policy("Allow", {"AWS": named}))
    policies = PrincipalPolicies(
        identity=tuple(identity), boundary=boundary, session=tuple(session)
    )
    decision = decide_access(SESSION, policies, asked)

    if DENY in (*identity, boundary, *session):
        assert not decision.allowed
        assert decision.is_explicit
    elif decision.allowed:
        unbounded = PrincipalPolicies(identity=tuple(identity))
        assert decide_access(SESSION, unbounded, asked).allowed


@pytest.mark.parametrize(
    ("decision", "ending"),
    [
        (
            refused(PolicyType.IDENTITY),
            "because no identity-based policy allows the dynamodb:GetItem action",
        ),
        (
            refused(PolicyType.BOUNDARY),
            "because no permissions boundary allows the dynamodb:GetItem action",
        ),
        (
            refused(PolicyType.SESSION),
            "because no session policy allows the dynamodb:GetItem action",
        ),
        (
            refused(PolicyType.RESOURCE),
            "because no resource-based policy allows the dynamodb:GetItem action",
        ),
        (
            refused(PolicyType.IDENTITY, explicit=True),
            "with an explicit deny in an identity-based policy",
        ),
        (
            refused(PolicyType.RESOURCE, explicit=True),
            "with an explicit deny in a resource-based policy",
        ),
        (
            refused(PolicyType.TRUST, explicit=True),
            "with an explicit deny in the role trust policy",
        ),
    ],
)
def test_a_refusal_has_awss_words(decision: AccessDecision, ending: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    text = describe_refusal(USER, question(), decision)

    assert text == (
        f"User: {USER_ARN} is not authorized to perform: {ACTION} on resource: {TABLE} {ending}"
    )


def test_an_action_without_resources_names_none() -> None:
    asked = AccessQuestion(action="ec2:DescribeVpcs", resource="*", context=RequestContext())

    text = describe_refusal(USER, asked, refused(PolicyType.IDENTITY))

    assert "ec2:DescribeVpcs because no identity-based policy" in text
