"""What decisions on access read from moto's services."""

import json

import pytest
from moto.cloudwatch.models import cloudwatch_backends
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import IAMBackend, iam_backends
from moto.logs.models import logs_backends

from tests.lambda_function import TRUST
from twin.moto.identity_reader import find_managed_policy, read_identities, read_resource_tags

ACCOUNT = "310987654321"
"""No other test has resources in it."""
REGION = "us-west-2"


READ_ONLY = "arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess"


def document(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture
def iam() -> IAMBackend:
    backend: IAMBackend = iam_backends[ACCOUNT]["aws"]
    backend.reset()
    return iam_backends[ACCOUNT]["aws"]


def create_managed(iam: IAMBackend, name: str, action: str) -> str:
    arn: str = iam.create_policy("", "/", document(action), name, []).arn
    return arn


def test_a_user_has_its_own_policies_and_its_groups(iam: IAMBackend) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html"""
    iam.create_user(REGION, "alice", "/staff/", [{"Key": "team", "Value": "core"}])
    iam.put_user_policy("alice", "inline", document("a:inline"))
    iam.attach_user_policy(create_managed(iam, "managed", "a:managed"), "alice")
    iam.create_group("admins", "/")
    iam.put_group_policy("admins", "inline", document("a:group"))
    iam.attach_group_policy(create_managed(iam, "shared", "a:shared"), "admins")
    iam.add_user_to_group("admins", "alice")
    active, inactive = iam.create_access_key("alice"), iam.create_access_key("alice")
    iam.update_access_key("alice", inactive.access_key_id, "Inactive")

    (user,) = read_identities(ACCOUNT).users

    assert user.arn == f"arn:aws:iam::{ACCOUNT}:user/staff/alice"
    assert user.tags == {"team": "core"}
    assert set(user.policies) == {
        document(f"a:{name}") for name in ("inline", "managed", "group", "shared")
    }
    assert {(key.id, key.secret, key.is_active) for key in user.keys} == {
        (active.access_key_id, active.secret_access_key, True),
        (inactive.access_key_id, inactive.secret_access_key, False),
    }


def test_a_role_has_its_trust_its_boundary_and_the_default_versions(iam: IAMBackend) -> None:
    boundary = create_managed(iam, "bound", "a:bound")
    managed = create_managed(iam, "managed", "a:old")
    iam.create_policy_version(managed, document("a:new"), True)
    iam.create_role("reader", TRUST, "/", boundary, "", [], "7200")
    iam.put_role_policy("reader", "inline", document("a:inline"))
    iam.attach_role_policy(managed, "reader")

    (role,) = read_identities(ACCOUNT).roles

    assert role.trust == TRUST
    assert (role.boundary, role.boundary_arn) == (document("a:bound"), boundary)
    assert set(role.policies) == {document("a:inline"), document("a:new")}
    assert role.max_session_s == 7200


def test_a_managed_policy_is_found_by_its_arn(iam: IAMBackend) -> None:
    arn = create_managed(iam, "shared", "a:shared")

    assert find_managed_policy(ACCOUNT, arn) == document("a:shared")
    assert find_managed_policy(ACCOUNT, f"{arn}2") is None


def test_awss_own_policies_need_not_be_attached_to_be_found(iam: IAMBackend) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html"""
    assert iam.managed_policies.get(READ_ONLY) is None

    found = find_managed_policy(ACCOUNT, READ_ONLY)

    assert "cloudwatch:Get*" in (found or "")


def test_groups_and_profiles_are_known_by_their_arns(iam: IAMBackend) -> None:
    iam.create_group("admins", "/path/")
    iam.create_instance_profile("host", "/", [])

    directory = read_identities(ACCOUNT)

    assert directory.find_arn("group", "admins") == f"arn:aws:iam::{ACCOUNT}:group/path/admins"
    assert directory.find_arn("instance-profile", "host") is not None


def test_an_account_without_anything_has_no_identities() -> None:
    assert read_identities("999999999999").users == ()


def test_tags_of_resources_are_read_where_they_are() -> None:
    ec2 = ec2_backends[ACCOUNT][REGION]
    vpc = ec2.create_vpc("10.9.0.0/16")
    vpc.add_tag("team", "network")
    group = elbv2_backends[ACCOUNT][REGION].create_target_group(
        "g", vpc_id=None, protocol=None, port=None, target_type="lambda"
    )
    tags = [{"Key": "team", "Value": "balance"}]
    elbv2_backends[ACCOUNT][REGION].tagging_service.tag_resource(group.arn, tags)
    logs = logs_backends[ACCOUNT][REGION]
    logs.create_log_group("/g", {"team": "logs"})
    log_arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/g"
    alarm_arn = f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:a"
    cloudwatch_backends[ACCOUNT][REGION].tagger.tag_resource(alarm_arn, tags)

    def read(arn: str) -> dict[str, str]:
        return dict(read_resource_tags(ACCOUNT, arn))

    assert read(f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/{vpc.id}") == {"team": "network"}
    assert read(group.arn) == {"team": "balance"}
    assert read(log_arn) == read(f"{log_arn}:log-stream:s") == {"team": "logs"}
    assert read(alarm_arn) == {"team": "balance"}
    assert read(f"arn:aws:ec2:{REGION}:{ACCOUNT}:vpc/vpc-none") == {}
    assert read("arn:aws:sqs:x:y:z") == read("no arn") == {}
