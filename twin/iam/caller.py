"""Who signed a call: the root user, an IAM user, a role's session. Pure.

A call is signed with the twin's own access key (the root user's), a user's access key, or temporary
credentials. Unknown keys and sessions are refused as AWS does; the root user needs no policy.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from twin.iam.directory import IamRole, IamUser, IdentityDirectory
from twin.iam.evaluation import Principal, PrincipalKind, PrincipalPolicies
from twin.iam.session_token import Session, TokenInvalid, TokenIssuer


class CredentialProblem(StrEnum):
    UNKNOWN = "unknown"
    """The access key or the token is none of this account's."""
    EXPIRED = "expired"


class CredentialsRejected(Exception):
    def __init__(self, problem: CredentialProblem) -> None:
        super().__init__(problem)
        self.problem = problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who makes a call, and the policies that apply to it."""

    principal: Principal
    policies: PrincipalPolicies
    secret: str
    user_id: str
    """The value of aws:userid."""
    user_name: str = ""
    """The value of aws:username; empty for a role's session and for root."""
    tags: Mapping[str, str] = field(default_factory=dict)
    session: Session | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountCredentials:
    """Everything that credentials of the account can be found by."""

    account: str
    root_key: str
    """The access key that names the twin: its owner is the account's root user."""
    directory: IdentityDirectory
    issuer: TokenIssuer


def find_caller(access_key: str, token: str, known: AccountCredentials, now: float) -> Caller:
    """The owner of the credentials. Raises CredentialsRejected."""
    if token:
        return _session_caller(access_key, token, known, now)
    if access_key == known.root_key:
        return _root_caller(known.account, known.issuer.root_secret)
    found = known.directory.find_key(access_key)
    if found is None:
        raise CredentialsRejected(CredentialProblem.UNKNOWN)
    user, key = found
    return _user_caller(user, key.secret, known.account)


def _session_caller(access_key: str, token: str, known: AccountCredentials, now: float) -> Caller:
    try:
        session = known.issuer.read(access_key, token)
    except TokenInvalid:
        raise CredentialsRejected(CredentialProblem.UNKNOWN) from None
    if session.expires_at is not None and now >= session.expires_at:
        raise CredentialsRejected(CredentialProblem.EXPIRED)
    secret = known.issuer.secret(session)
    if session.is_root:
        return _root_caller(known.account, secret, session)
    if session.user_arn:
        for user in known.directory.users:
            if user.arn == session.user_arn:
                return _user_caller(user, secret, known.account, session)
        raise CredentialsRejected(CredentialProblem.UNKNOWN)
    role = known.directory.find_role(session.role_arn)
    return _role_caller(role, session, secret, known.account)


def _root_caller(account: str, secret: str, session: Session | None = None) -> Caller:
    arn = f"arn:aws:iam::{account}:root"
    return Caller(
        principal=Principal(kind=PrincipalKind.ROOT, account=account, arn=arn),
        policies=PrincipalPolicies(),
        secret=secret,
        user_id=account,
        session=session,
    )


def _user_caller(
    user: IamUser, secret: str, account: str, session: Session | None = None
) -> Caller:
    return Caller(
        principal=Principal(kind=PrincipalKind.USER, account=account, arn=user.arn),
        policies=PrincipalPolicies(identity=user.policies, boundary=user.boundary),
        secret=secret,
        user_id=user.id,
        user_name=user.name,
        tags=user.tags,
        session=session,
    )


def _role_caller(role: IamRole | None, session: Session, secret: str, account: str) -> Caller:
    """A session of a role; of a role that is gone, it has no permissions any more."""
    name = session.role_arn.rpartition("/")[2]
    policies = PrincipalPolicies(session=session.policies)
    if role is not None:
        policies = PrincipalPolicies(
            identity=role.policies, boundary=role.boundary, session=session.policies
        )
    return Caller(
        principal=Principal(
            kind=PrincipalKind.SESSION,
            account=account,
            arn=f"arn:aws:sts::{account}:assumed-role/{name}/{session.name}",
            role_arn=session.role_arn,
        ),
        policies=policies,
        secret=secret,
        user_id=f"{'' if role is None else role.id}:{session.name}",
        tags={**({} if role is None else role.tags), **session.tags},
        session=session,
    )
