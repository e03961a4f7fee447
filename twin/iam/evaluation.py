"""Decides whether a principal may perform an action on a resource. Pure.

In this order: an explicit deny in any policy refuses. A resource-based policy that names the user,
the role's session or everyone allows; one that names the role is bounded by the permissions
boundary and the session policies; one that names the account leaves the decision to the
identity-based policies. Then identity-based policies, permissions boundary and session policies
must all allow. The root user is bounded by explicit denies of resource-based policies only.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum

from twin.iam.conditions import RequestContext, conditions_hold
from twin.iam.policy import (
    PolicyDocument,
    PolicyUnreadable,
    Statement,
    parse_policy,
)


class PrincipalKind(StrEnum):
    ROOT = "Account"
    USER = "User"
    SESSION = "AssumedRole"
    """The value of aws:PrincipalType:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who makes a call."""

    kind: PrincipalKind
    account: str
    arn: str
    """Of the user, of the role's session, or of the account's root."""
    role_arn: str = ""
    """Of a session's role."""

    @property
    def account_arn(self) -> str:
        return f"arn:aws:iam::{self.account}:root"


@dataclass(frozen=True, slots=True, kw_only=True)
class PrincipalPolicies:
    """Policies that a principal brings along, as JSON."""

    identity: tuple[str, ...] = ()
    """Inline and managed ones, those of the user's groups included."""
    boundary: str | None = None
    session: tuple[str, ...] = ()
    """None: the session is not bounded."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessQuestion:
    """One action on one resource."""

    action: str
    resource: str
    context: RequestContext
    resource_policy: str | None = None
    must_be_trusted: bool = False
    """Whether the resource's policy has to allow, too: the trust policy of a role."""


class PolicyType(StrEnum):
    """As AWS's messages name them:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""

    IDENTITY = "identity-based policy"
    RESOURCE = "resource-based policy"
    BOUNDARY = "permissions boundary"
    SESSION = "session policy"
    TRUST = "role trust policy"


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """Whether a call is allowed; of a refusal, by which kind of policy."""

    allowed: bool
    refused_by: PolicyType = PolicyType.IDENTITY
    is_explicit: bool = False


ALLOWED = AccessDecision(allowed=True)


class Grant(IntEnum):
    """What a resource-based policy grants, the widest last."""

    NONE = 0
    ACCOUNT = 1
    ROLE = 2
    CALLER = 3


def decide_access(
    principal: Principal, policies: PrincipalPolicies, question: AccessQuestion
) -> AccessDecision:
    """Judge one question."""
    denied = _find_explicit_deny(principal, policies, question)
    if denied is not None:
        return AccessDecision(False, denied, is_explicit=True)
    grant = find_grant(principal, question)
    if question.must_be_trusted and grant is Grant.NONE:
        return AccessDecision(False, PolicyType.RESOURCE)
    if principal.kind is PrincipalKind.ROOT or grant is Grant.CALLER:
        return ALLOWED
    if grant is not Grant.ROLE and not _allow(policies.identity, question):
        return AccessDecision(False, PolicyType.IDENTITY)
    for kind, texts in _bounds(policies):
        if texts and not _allow(texts, question):
            return AccessDecision(False, kind)
    return ALLOWED


def _bounds(policies: PrincipalPolicies) -> tuple[tuple[PolicyType, tuple[str, ...]], ...]:
    """The kinds of policies that bound what others allow, with their documents, if any."""
    boundary = () if policies.boundary is None else (policies.boundary,)
    return (PolicyType.BOUNDARY, boundary), (PolicyType.SESSION, policies.session)


def _find_explicit_deny(
    principal: Principal, policies: PrincipalPolicies, question: AccessQuestion
) -> PolicyType | None:
    if question.resource_policy is not None:
        for statement in _statements((question.resource_policy,)):
            if not statement.allows and _applies_to_principal(statement, principal, question):
                return PolicyType.TRUST if question.must_be_trusted else PolicyType.RESOURCE
    if principal.kind is PrincipalKind.ROOT:
        return None
    for kind, texts in ((PolicyType.IDENTITY, policies.identity), *_bounds(policies)):
        if any(not s.allows and _applies(s, question) for s in _statements(texts)):
            return kind
    return None


def _allow(texts: Iterable[str], question: AccessQuestion) -> bool:
    return any(s.allows and _applies(s, question) for s in _statements(texts))


def _statements(texts: Iterable[str]) -> Iterable[Statement]:
    for text in texts:
        yield from parse_lenient(text).statements


def parse_lenient(text: str) -> PolicyDocument:
    """The document; a text that is none grants and denies nothing."""
    try:
        return parse_policy(text)
    except PolicyUnreadable:
        return PolicyDocument(())


def _applies(statement: Statement, question: AccessQuestion) -> bool:
    return (
        statement.covers_action(question.action)
        and statement.covers_resource(question.resource, question.context.variable)
        and conditions_hold(statement, question.context)
    )


# -- resource-based policies


def find_grant(principal: Principal, question: AccessQuestion) -> Grant:
    """The widest grant of the resource-based policy to this principal.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-basics.html
    """
    if question.resource_policy is None:
        return Grant.NONE
    grants = (
        _grant_of(statement, principal)
        for statement in _statements((question.resource_policy,))
        if statement.allows and _applies(statement, question)
    )
    return max(grants, default=Grant.NONE)


def _applies_to_principal(
    statement: Statement, principal: Principal, question: AccessQuestion
) -> bool:
    return _grant_of(statement, principal) is not Grant.NONE and _applies(statement, question)


def _grant_of(statement: Statement, principal: Principal) -> Grant:
    """How the statement's principals include this one.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    if statement.not_principals is not None:
        named = _named(statement.not_principals.get("AWS", ()), principal)
        return Grant.NONE if named is not Grant.NONE else Grant.CALLER
    return _named((statement.principals or {}).get("AWS", ()), principal)


def _named(names: Iterable[str], principal: Principal) -> Grant:
    return max((_grant_by_name(name, principal) for name in names), default=Grant.NONE)


def _grant_by_name(name: str, principal: Principal) -> Grant:
    if name == "*":
        return Grant.CALLER
    if name in (principal.account, principal.account_arn):
        return Grant.ACCOUNT
    if name == principal.arn:
        return Grant.CALLER
    if principal.role_arn and name == principal.role_arn:
        return Grant.ROLE
    return Grant.NONE


def describe_refusal(
    principal: Principal, question: AccessQuestion, refused: AccessDecision
) -> str:
    """AWS's message.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    what = f"User: {principal.arn} is not authorized to perform: {question.action}"
    where = "" if question.resource == "*" else f" on resource: {question.resource}"
    kind = refused.refused_by
    article = "an" if kind is PolicyType.IDENTITY else "a"
    if kind is PolicyType.TRUST:
        article = "the"
    if refused.is_explicit:
        return f"{what}{where} with an explicit deny in {article} {kind}"
    return f"{what}{where} because no {kind} allows the {question.action} action"
