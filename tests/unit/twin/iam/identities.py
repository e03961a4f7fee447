"""An account with a user, a role, and a policy for each, for tests of enforcement."""

import json
from collections.abc import Mapping

from twin.iam.directory import IamAccessKey, IamRole, IamUser, IdentityDirectory
from twin.iam.session_token import Session, TokenIssuer

ACCOUNT = "123456789012"
NOW = 1_800_000_000.0
ISSUER = TokenIssuer(b"k" * 32)
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/alice"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/reader"
USER_KEY, USER_SECRET = "AKIAALICE", "secret of alice"  # of a test


def make_policy(
    *actions: str, effect: str = "Allow", resource: str = "*", **members: object
) -> str:
    statement = {"Effect": effect, "Action": actions, "Resource": resource, **members}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_trust(principal: str) -> str:
    statement = {"Effect": "Allow", "Action": "sts:*", "Principal": {"AWS": principal}}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def make_directory(
    *policies: str,
    role_policies: tuple[str, ...] = (),
    trust: str = "",
    tags: Mapping[str, str] | None = None,
    max_session_s: int = 3600,
) -> IdentityDirectory:
    """`policies` are the user's."""
    user = IamUser(
        name="alice",
        arn=USER_ARN,
        id="AIDAALICE",
        policies=policies,
        tags=tags or {},
        keys=(IamAccessKey(id=USER_KEY, secret=USER_SECRET),),
    )
    role = IamRole(
        name="reader",
        arn=ROLE_ARN,
        id="AROAREADER",
        trust=trust or make_trust(USER_ARN),
        policies=role_policies,
        max_session_s=max_session_s,
    )
    return IdentityDirectory(users=(user,), roles=(role,))


def make_session(**fields: object) -> Session:
    """A session of the role; its token is valid for an hour."""
    given = {"role_arn": ROLE_ARN, "name": "s", "expires_at": NOW + 3600, **fields}
    return Session(key_id="ASIASESSION", issued_at=NOW, **given)  # type: ignore[arg-type]  # by name
