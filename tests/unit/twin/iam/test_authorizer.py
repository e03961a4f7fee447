"""A whole decision: signature, caller, permissions, and the condition keys of the call."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.unit.twin.iam.identities import (
    ACCOUNT,
    ISSUER,
    ROLE_ARN,
    USER_KEY,
    USER_SECRET,
    make_directory,
    make_policy,
    make_session,
    make_trust,
)
from twin.iam.authorizer import Authorizer, OperationCall
from twin.iam.directory import IdentityDirectory
from twin.internal_api.schemas import SOURCE_IP_HEADER
from twin.moto.calls.aws_call import AwsCall

TABLE = f"arn:aws:dynamodb:eu-central-1:{ACCOUNT}:table/items"
ALICE = Credentials(USER_KEY, USER_SECRET)
ROOT = Credentials("AKIATWIN", ISSUER.root_secret)
GET = {"TableName": "items", "Key": {"id": {"S": "x"}}}


@dataclass
class FakeFacts:
    """Calls of the JSON protocol, and what a test says of resources."""

    service: str = "dynamodb"
    policies: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)

    def read_operation(self, call: AwsCall) -> OperationCall | None:
        if not call.body:
            return None
        return OperationCall(
            service=self.service, operation=call.operation or "", parameters=json.loads(call.body)
        )

    def resource_policy(self, arn: str) -> str | None:
        return self.policies.get(arn)

    def resource_tags(self, _: str) -> Mapping[str, str]:
        return self.tags

    def partition_key(self, _table: str, _index: str) -> str | None:
        return "id"


def sign(
    operation: str = "GetItem",
    parameters: Mapping[str, Any] = GET,
    *,
    credentials: Credentials = ALICE,
    service: str = "dynamodb",
    region: str = "eu-central-1",
    headers: Mapping[str, str] | None = None,
) -> AwsCall:
    body = json.dumps(parameters).encode()
    request = AWSRequest(
        method="POST",
        url="http://127.0.0.1:4566/",
        data=body,
        headers={"X-Amz-Target": f"X.{operation}", "Host": "127.0.0.1:4566"},
    )
    botocore.auth.SigV4Auth(credentials, service, region).add_auth(request)
    sent = {name.lower(): str(value) for name, value in request.headers.items()}
    return AwsCall(method="POST", url="/", headers={**sent, **(headers or {})}, body=body)


def check(
    call: AwsCall,
    directory: IdentityDirectory | None = None,
    facts: FakeFacts | None = None,
    signed: AwsCall | None = None,
) -> str:
    """The refusal's code and message; empty for an allowed call."""
    timestamp = parse_signature_time(signed or call)
    authorizer = Authorizer(
        account=ACCOUNT,
        root_key="AKIATWIN",
        read_directory=lambda: make_directory() if directory is None else directory,
        issuer=ISSUER,
        now=lambda: datetime.strptime(timestamp + "+0000", "%Y%m%dT%H%M%SZ%z").timestamp(),
        facts=facts or FakeFacts(),
    )
    refusal = authorizer.check(call, signed or call, "127.0.0.1")
    if refusal is None:
        return ""
    document = json.loads(refusal.body)
    return f"{document['__type']}: {document['message']}"


def parse_signature_time(call: AwsCall) -> str:
    return call.headers.get("x-amz-date", "20260101T000000Z")


def test_a_call_needs_a_policy_unless_it_is_the_root_users() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html"""
    assert check(sign(), make_directory(make_policy("dynamodb:GetItem"))) == ""
    assert check(sign(credentials=ROOT)) == ""
    assert check(sign()) == (
        f"AccessDeniedException: User: arn:aws:iam::{ACCOUNT}:user/alice is not authorized to "
        f"perform: dynamodb:GetItem on resource: {TABLE} because no identity-based policy allows "
        "the dynamodb:GetItem action"
    )


def test_signatures_and_keys_are_checked_first() -> None:
    allowing = make_directory(make_policy("*"))
    unsigned = AwsCall(method="POST", url="/", headers={"x-amz-target": "X.GetItem"}, body=b"{}")

    assert check(sign(credentials=Credentials(USER_KEY, "wrong")), allowing).startswith(
        "InvalidSignatureException"
    )
    assert check(sign(credentials=Credentials("AKIANOBODY", "s")), allowing).startswith(
        "UnrecognizedClientException"
    )
    assert check(unsigned, allowing).startswith("MissingAuthenticationToken")


def test_an_expired_session_is_refused() -> None:
    issued = ISSUER.issue(make_session(expires_at=1.0))
    credentials = Credentials(issued.key_id, issued.secret, issued.token)

    assert check(sign(credentials=credentials)).startswith("ExpiredTokenException")


def test_a_session_is_judged_by_its_roles_policies() -> None:
    issued = ISSUER.issue(make_session(expires_at=None))
    call = sign(credentials=Credentials(issued.key_id, issued.secret, issued.token))

    assert check(call, make_directory(role_policies=(make_policy("dynamodb:*"),))) == ""
    assert "assumed-role/reader/s is not authorized" in check(call)


def test_a_call_must_be_signed_for_the_service_that_answers_it() -> None:
    call = sign(service="lambda")

    assert "correct service: 'dynamodb'" in check(call, make_directory(make_policy("*")))


def test_an_operation_without_known_permissions_is_refused() -> None:
    refused = check(sign("RestoreTable"), make_directory(make_policy("*")))

    assert refused.startswith("NotImplemented: The twin does not serve")


def test_a_call_that_the_process_cannot_read_is_left_to_it_once_its_caller_is_known() -> None:
    call = replace(sign(), body=b"")

    assert check(call).startswith("InvalidSignatureException")
    assert check(call, signed=sign()) == ""


def test_a_translated_call_is_judged_by_the_signature_of_the_received_one() -> None:
    received = sign(parameters={"other": "encoding"})
    translated = replace(received, body=json.dumps(GET).encode())
    allowing = make_directory(make_policy("dynamodb:GetItem", resource=TABLE))

    assert check(translated, allowing, signed=received) == ""
    assert check(translated, allowing) != ""


@pytest.mark.parametrize(
    ("operator", "key", "value", "holds"),
    [
        ("StringEquals", "aws:RequestedRegion", "eu-central-1", True),
        ("StringEquals", "aws:RequestedRegion", "us-west-2", False),
        ("ArnEquals", "aws:PrincipalArn", f"arn:aws:iam::{ACCOUNT}:user/alice", True),
        ("StringEquals", "aws:PrincipalAccount", ACCOUNT, True),
        ("StringEquals", "aws:PrincipalType", "User", True),
        ("StringEquals", "aws:userid", "AIDAALICE", True),
        ("StringEquals", "aws:username", "alice", True),
        ("StringEquals", "aws:PrincipalTag/Team", "core", True),
        ("StringEquals", "aws:ResourceTag/stage", "test", True),
        ("StringEquals", "aws:ResourceTag/stage", "prod", False),
        ("StringEquals", "aws:ResourceAccount", ACCOUNT, True),
        ("IpAddress", "aws:SourceIp", "127.210.0.0/16", True),
        ("Bool", "aws:SecureTransport", "true", True),
        ("Bool", "aws:ViaAWSService", "false", True),
        ("Null", "aws:TokenIssueTime", "true", True),
        ("DateGreaterThan", "aws:CurrentTime", "2020-01-01T00:00:00Z", True),
        ("NumericGreaterThan", "aws:EpochTime", "1577836800", True),
        ("StringLike", "aws:UserAgent", "aws-cli/*", True),
        ("ForAllValues:StringEquals", "dynamodb:LeadingKeys", ["x"], True),
        ("ForAllValues:StringEquals", "dynamodb:LeadingKeys", ["y"], False),
        ("ForAllValues:StringEquals", "dynamodb:Attributes", ["id"], True),
        ("Null", "dynamodb:EnclosingOperation", "true", True),
    ],
)
def test_conditions_see_the_keys_of_the_call(
    operator: str, key: str, value: object, holds: bool
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    policy = make_policy("dynamodb:GetItem", Condition={operator: {key: value}})
    headers = {SOURCE_IP_HEADER: "127.210.7.1", "user-agent": "aws-cli/2"}

    outcome = check(
        sign(headers=headers),
        make_directory(policy, tags={"team": "core"}),
        FakeFacts(tags={"Stage": "test"}),
    )

    assert (outcome == "") is holds, outcome


def test_a_sessions_principal_is_its_role() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html"""
    issued = ISSUER.issue(make_session(expires_at=None))
    call = sign(credentials=Credentials(issued.key_id, issued.secret, issued.token))
    conditions = {
        "ArnEquals": {"aws:PrincipalArn": ROLE_ARN},
        "StringEquals": {"aws:PrincipalType": "AssumedRole", "aws:userid": "AROAREADER:s"},
        "Null": {"aws:TokenIssueTime": "false", "aws:username": "true"},
        "Bool": {"aws:MultiFactorAuthPresent": "false"},
    }
    policy = make_policy("dynamodb:GetItem", Condition=conditions)

    assert check(call, make_directory(role_policies=(policy,))) == ""


def test_a_resource_policy_of_a_table_counts() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html"""
    granting = make_policy(
        "dynamodb:GetItem", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}
    )
    denying = make_policy("dynamodb:*", effect="Deny", Principal="*")

    assert check(sign(), facts=FakeFacts(policies={TABLE: granting})) == ""
    assert "explicit deny in a resource-based policy" in check(
        sign(credentials=ROOT), facts=FakeFacts(policies={TABLE: denying})
    )


ASSUME = {"RoleArn": ROLE_ARN, "RoleSessionName": "s"}


def assume(directory: IdentityDirectory, credentials: Credentials = ALICE, **more: object) -> str:
    call = sign("AssumeRole", {**ASSUME, **more}, credentials=credentials, service="sts")
    return check(call, directory, FakeFacts(service="sts"))


def test_assuming_a_role_needs_its_trust_and_never_works_for_root() -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html"""
    stranger = make_directory(make_policy("sts:*"), trust=make_trust("arn:aws:iam::1:user/x"))

    assert assume(make_directory()) == ""
    assert assume(make_directory(), Tags=[{"Key": "a", "Value": "b"}]) == ""
    assert "no resource-based policy allows the sts:AssumeRole" in assume(stranger)
    assert "may not be assumed by root" in assume(make_directory(), ROOT)
    assert assume(make_directory(make_policy("sts:AssumeRole", effect="Deny"))) != ""


def test_the_external_id_is_a_condition_of_trust() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html"""
    trust = json.loads(make_trust(f"arn:aws:iam::{ACCOUNT}:user/alice"))
    trust["Statement"][0]["Condition"] = {"StringEquals": {"sts:ExternalId": "42"}}
    directory = make_directory(trust=json.dumps(trust))

    assert assume(directory, ExternalId="42") == ""
    assert assume(directory) != ""


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("iam", "ListUsers", "InvalidClientTokenId"),
        ("sts", "GetSessionToken", "AccessDenied"),
        ("sts", "GetCallerIdentity", ""),
    ],
)
def test_credentials_of_get_session_token_call_neither_iam_nor_sts(
    service: str, operation: str, code: str
) -> None:
    """https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html"""
    user_arn = f"arn:aws:iam::{ACCOUNT}:user/alice"
    issued = ISSUER.issue(make_session(expires_at=None, role_arn="", user_arn=user_arn))
    credentials = Credentials(issued.key_id, issued.secret, issued.token)
    call = sign(operation, {}, credentials=credentials, service=service)

    refused = check(call, make_directory(make_policy("*")), FakeFacts(service=service))

    assert refused.startswith(("UnrecognizedClient", "AccessDenied") if code else "")
    assert bool(refused) is bool(code)
