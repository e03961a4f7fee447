"""STS: https://docs.aws.amazon.com/STS/latest/APIReference/welcome.html"""

import re
from typing import Any

import pytest

from tests.unit.twin.iam.identities import (
    ACCOUNT,
    ISSUER,
    NOW,
    ROLE_ARN,
    USER_KEY,
    make_directory,
    make_session,
)
from twin.control.tokens import TokenService
from twin.iam.directory import IdentityDirectory
from twin.iam.session_token import Session, TemporaryCredentials
from twin.moto.calls.aws_call import AwsCall

ASSUME = {"RoleArn": ROLE_ARN, "RoleSessionName": "s"}
POLICY = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "a:b"}}'


def ask(
    operation: str,
    parameters: dict[str, Any] | None = None,
    *,
    key: str = USER_KEY,
    session: TemporaryCredentials | None = None,
    directory: IdentityDirectory | None = None,
    enforced: bool = True,
) -> tuple[int, str]:
    """Status and body of a call."""
    service = TokenService(
        account=ACCOUNT,
        root_key="AKIATWIN",
        issuer=ISSUER,
        read_directory=lambda: directory or make_directory(max_session_s=7200),
        find_policy=lambda arn: POLICY if arn == "arn:known" else None,
        now=lambda: NOW,
        random_bytes=lambda count: b"r" * count,
        enforced=enforced,
    )
    key_id = session.key_id if session else key
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={key_id}/20270115/us-east-1/sts/aws4_request, "
        "SignedHeaders=host, Signature=0"
    )
    headers = {
        "authorization": authorization,
        "content-type": "application/x-www-form-urlencoded",
        "x-amz-date": "20270115T080000Z",
    }
    if session:
        headers["x-amz-security-token"] = session.token
    response = service.answer(
        AwsCall(method="POST", url="/", headers=headers), operation, parameters or {}
    )
    return response.status, response.body.decode()


def element(body: str, name: str) -> str:
    found = re.search(f"<{name}>(.*?)</{name}>", body)
    assert found, body
    return found[1]


def session_of(body: str) -> Session:
    return ISSUER.read(element(body, "AccessKeyId"), element(body, "SessionToken"))


@pytest.mark.parametrize(
    ("key", "arn", "user_id"),
    [
        (USER_KEY, f"arn:aws:iam::{ACCOUNT}:user/alice", "AIDAALICE"),
        ("AKIATWIN", f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT),
        ("AKIANOBODY", f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT),
    ],
)
def test_a_caller_is_told_who_it_is(key: str, arn: str, user_id: str) -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html"""
    status, body = ask("GetCallerIdentity", key=key)

    assert status == 200
    assert element(body, "Arn") == arn
    assert element(body, "UserId") == user_id
    assert element(body, "Account") == ACCOUNT


def test_a_session_is_its_role() -> None:
    _, body = ask("GetCallerIdentity", session=ISSUER.issue(make_session()))

    assert element(body, "Arn") == f"arn:aws:sts::{ACCOUNT}:assumed-role/reader/s"
    assert element(body, "UserId") == "AROAREADER:s"


def test_a_role_is_assumed_for_an_hour_unless_asked_otherwise() -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""
    status, body = ask("AssumeRole", ASSUME)
    session = session_of(body)

    assert status == 200
    assert (session.role_arn, session.name, session.expires_at) == (ROLE_ARN, "s", NOW + 3600)
    assert element(body, "SecretAccessKey") == ISSUER.secret(session)
    assert element(body, "Expiration") == "2027-01-15T09:00:00Z"
    assert element(body, "AssumedRoleId") == "AROAREADER:s"
    longer = session_of(ask("AssumeRole", {**ASSUME, "DurationSeconds": 7200})[1])
    assert longer.expires_at == NOW + 7200


def test_a_session_carries_policies_tags_and_source_identity() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html"""
    given = {
        "Policy": POLICY,
        "PolicyArns": [{"arn": "arn:known"}],
        "Tags": [{"Key": "team", "Value": "core"}, {"Key": "stage", "Value": "test"}],
        "TransitiveTagKeys": ["team"],
        "SourceIdentity": "me",
    }
    session = session_of(ask("AssumeRole", {**ASSUME, **given})[1])

    assert session.policies == (POLICY, POLICY)
    assert session.tags == {"team": "core", "stage": "test"}
    assert session.source_identity == "me"
    _, body = ask("AssumeRole", ASSUME, session=ISSUER.issue(session))
    chained = session_of(body)
    assert chained.tags == {"team": "core"}
    assert chained.transitive_tags == ("team",)
    assert chained.source_identity == element(body, "SourceIdentity") == "me"


@pytest.mark.parametrize(
    ("parameters", "code", "words"),
    [
        ({"SourceIdentity": "you"}, "ValidationError", "already set"),
        ({"Tags": [{"Key": "Team", "Value": "v"}]}, "InvalidParameterValue", "conflicts"),
        ({"TransitiveTagKeys": ["stage"]}, "InvalidParameterValue", "must be included"),
        (
            {"Tags": [{"Key": "a", "Value": "v"}, {"Key": "A", "Value": "v"}]},
            "InvalidParameterValue",
            "case insensitive",
        ),
    ],
)
def test_a_chain_of_roles_changes_neither_source_identity_nor_inherited_tags(
    parameters: dict[str, object], code: str, words: str
) -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""
    first = make_session(tags={"team": "core"}, transitive_tags=("team",), source_identity="me")

    status, body = ask("AssumeRole", {**ASSUME, **parameters}, session=ISSUER.issue(first))

    assert (status, element(body, "Code")) == (400, code)
    assert words in element(body, "Message")


@pytest.mark.parametrize(
    ("parameters", "session", "code"),
    [
        ({"DurationSeconds": 7201}, False, "ValidationError"),
        ({"DurationSeconds": 3601}, True, "ValidationError"),
        ({"Policy": "no JSON"}, False, "MalformedPolicyDocument"),
        ({"PolicyArns": [{"arn": "arn:unknown"}]}, False, "MalformedPolicyDocument"),
        ({"RoleArn": "arn:aws:iam::123456789012:role/none"}, False, "AccessDenied"),
    ],
)
def test_what_a_role_does_not_allow_is_refused(
    parameters: dict[str, object], session: bool, code: str
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles.html#iam-term-role-chaining"""
    credentials = ISSUER.issue(make_session()) if session else None

    status, body = ask("AssumeRole", {**ASSUME, **parameters}, session=credentials)

    assert status >= 400
    assert element(body, "Code") == code


@pytest.mark.parametrize("arn", ["x" * 20, "arn:aws:iam::123456789012:user/somebody"])
def test_what_is_no_arn_of_a_role_is_refused_also_where_iam_is_not_enforced(arn: str) -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""
    status, body = ask("AssumeRole", {**ASSUME, "RoleArn": arn}, enforced=False)

    assert (status, element(body, "Code")) == (400, "ValidationError")


def test_any_role_can_be_assumed_where_iam_is_not_enforced() -> None:
    arn = "arn:aws:iam::123456789012:role/none"

    status, body = ask("AssumeRole", {**ASSUME, "RoleArn": arn}, enforced=False)

    assert status == 200
    assert session_of(body).role_arn == arn


def test_a_user_gets_a_session_of_its_own_once() -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html"""
    _, body = ask("GetSessionToken")
    session = session_of(body)

    assert session.user_arn == f"arn:aws:iam::{ACCOUNT}:user/alice"
    assert session.expires_at == NOW + 12 * 3600
    of_root = session_of(ask("GetSessionToken", key="AKIATWIN")[1])
    assert (of_root.is_root, of_root.expires_at) == (True, NOW + 3600)
    again, refused = ask("GetSessionToken", session=ISSUER.issue(session))
    assert again == 403
    assert element(refused, "Code") == "AccessDenied"


def test_every_key_is_one_of_the_account() -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html"""
    assert element(ask("GetAccessKeyInfo", {"AccessKeyId": "A"})[1], "Account") == ACCOUNT
