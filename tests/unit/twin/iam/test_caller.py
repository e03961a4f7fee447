"""Who owns credentials: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"""

import pytest

from tests.unit.twin.iam.identities import (
    ACCOUNT,
    ISSUER,
    NOW,
    ROLE_ARN,
    USER_ARN,
    USER_KEY,
    USER_SECRET,
    make_directory,
    make_policy,
    make_session,
)
from twin.iam.caller import (
    AccountCredentials,
    Caller,
    CredentialProblem,
    CredentialsRejected,
    find_caller,
)
from twin.iam.directory import IdentityDirectory
from twin.iam.evaluation import PrincipalKind

READ = make_policy("dynamodb:GetItem")
DIRECTORY = make_directory(READ, role_policies=(READ,), tags={"team": "core"})


def find(
    key: str, token: str = "", *, directory: IdentityDirectory = DIRECTORY, now: float = NOW
) -> Caller:
    known = AccountCredentials(
        account=ACCOUNT, root_key="AKIATWIN", directory=directory, issuer=ISSUER
    )
    return find_caller(key, token, known, now)


def find_session(*, directory: IdentityDirectory = DIRECTORY, **fields: object) -> Caller:
    issued = ISSUER.issue(make_session(**fields))
    return find(issued.key_id, issued.token, directory=directory)


def test_the_twins_own_key_is_the_root_users() -> None:
    caller = find("AKIATWIN")

    assert caller.principal.kind is PrincipalKind.ROOT
    assert caller.principal.arn == f"arn:aws:iam::{ACCOUNT}:root"
    assert caller.user_id == ACCOUNT


def test_an_access_key_is_its_users() -> None:
    caller = find(USER_KEY)

    assert caller.principal.arn == USER_ARN
    assert (caller.user_name, caller.user_id, caller.secret) == ("alice", "AIDAALICE", USER_SECRET)
    assert caller.policies.identity == (READ,)
    assert caller.tags == {"team": "core"}


def test_a_session_has_its_roles_policies_and_its_own() -> None:
    caller = find_session(policies=("{}",), tags={"stage": "test"})

    assert caller.principal.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/s"
    assert caller.principal.role_arn == ROLE_ARN
    assert caller.policies.identity == (READ,)
    assert caller.policies.session == ("{}",)
    assert caller.user_id == "AROAREADER:s"
    assert caller.tags == {"stage": "test"}


def test_a_session_of_a_deleted_role_has_no_permissions() -> None:
    caller = find_session(directory=IdentityDirectory())

    assert caller.policies.identity == ()


def test_a_users_session_has_the_users_policies() -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html"""
    caller = find_session(role_arn="", user_arn=USER_ARN)

    assert caller.principal.arn == USER_ARN
    assert caller.policies.identity == (READ,)
    assert caller.session is not None
    assert caller.secret == ISSUER.secret(caller.session)
    assert find_session(role_arn="", is_root=True).principal.kind is PrincipalKind.ROOT


@pytest.mark.parametrize(("key", "token"), [("AKIANOBODY", ""), (USER_KEY, "no token")])
def test_unknown_credentials_are_rejected(key: str, token: str) -> None:
    with pytest.raises(CredentialsRejected) as rejected:
        find(key, token)

    assert rejected.value.problem is CredentialProblem.UNKNOWN


def test_a_session_of_a_deleted_user_is_unknown() -> None:
    with pytest.raises(CredentialsRejected) as rejected:
        find_session(directory=IdentityDirectory(), role_arn="", user_arn=USER_ARN)

    assert rejected.value.problem is CredentialProblem.UNKNOWN


def test_a_session_expires_unless_it_is_a_functions() -> None:
    issued = ISSUER.issue(make_session())

    find(issued.key_id, issued.token, now=NOW + 3599)
    with pytest.raises(CredentialsRejected) as rejected:
        find(issued.key_id, issued.token, now=NOW + 3600)

    assert rejected.value.problem is CredentialProblem.EXPIRED
    endless = ISSUER.issue(make_session(expires_at=None))
    find(endless.key_id, endless.token, now=NOW + 10**9)
