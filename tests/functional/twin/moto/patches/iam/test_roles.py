"""IAM over boto3: roles, and users on their way out."""

import json

import pytest

from tests.functional.twin.aws_errors import expect_aws_error
from tests.functional.twin.control.control_process import ControlProcess


def trust_policy(**changed: object) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    kept = {key: value for key, value in (statement | changed).items() if value is not None}
    return json.dumps({"Version": "2012-10-17", "Statement": [kept]})


@pytest.mark.parametrize(
    "document",
    [
        '{"a"',
        '{"Version": "2012-10-17"}',
        trust_policy(Principal=None),
        trust_policy(Resource="*"),
        trust_policy(Action="s3:GetObject"),
    ],
)
def test_a_role_is_not_created_with_a_trust_policy_that_aws_refuses(
    shared: ControlProcess, document: str
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html"""
    iam = shared.client("iam", "us-east-1")

    expect_aws_error(
        "MalformedPolicyDocument",
        iam.create_role,
        RoleName="untrusted",
        AssumeRolePolicyDocument=document,
    )

    expect_aws_error("NoSuchEntity", iam.get_role, RoleName="untrusted")


def test_a_trust_policy_may_be_of_the_older_version(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html"""
    iam = shared.client("iam", "us-east-1")
    older = trust_policy(Action=["sts:assumerole", "sts:SetContext"]).replace(
        "2012-10-17", "2008-10-17"
    )

    iam.create_role(RoleName="older", AssumeRolePolicyDocument=older)
    iam.update_assume_role_policy(RoleName="older", PolicyDocument=older)

    kept = iam.get_role(RoleName="older")["Role"]["AssumeRolePolicyDocument"]
    assert kept == json.loads(older)


def test_an_update_of_a_role_keeps_its_description(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html"""
    iam = shared.client("iam", "us-east-1")
    iam.create_role(
        RoleName="described",
        AssumeRolePolicyDocument=trust_policy(),
        Description="What it is for",
    )

    iam.update_role(RoleName="described", MaxSessionDuration=7200)
    kept = iam.get_role(RoleName="described")["Role"]
    iam.update_role(RoleName="described", Description="")
    removed = iam.get_role(RoleName="described")["Role"]

    assert (kept["Description"], kept["MaxSessionDuration"]) == ("What it is for", 7200)
    assert (removed.get("Description", ""), removed["MaxSessionDuration"]) == ("", 3600)


def test_a_user_has_no_credentials_that_the_twin_cannot_make(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html"""
    iam = shared.client("iam", "us-east-1")
    iam.create_user(UserName="leaving")

    specific = iam.list_service_specific_credentials(UserName="leaving")

    assert specific["ServiceSpecificCredentials"] == []
    assert iam.list_ssh_public_keys(UserName="leaving")["SSHPublicKeys"] == []
    assert iam.list_signing_certificates(UserName="leaving")["Certificates"] == []
    assert iam.list_mfa_devices(UserName="leaving")["MFADevices"] == []
    expect_aws_error("NoSuchEntity", iam.delete_login_profile, UserName="leaving")
    expect_aws_error("NoSuchEntity", iam.list_service_specific_credentials, UserName="nobody")


@pytest.mark.parametrize(
    ("service", "role"),
    [
        ("elasticloadbalancing", "AWSServiceRoleForElasticLoadBalancing"),
        ("globalaccelerator", "AWSServiceRoleForGlobalAccelerator"),
        ("ops.apigateway", "AWSServiceRoleForAPIGateway"),
        ("replication.dynamodb", "AWSServiceRoleForDynamoDBReplication"),
    ],
)
def test_a_service_has_one_linked_role_of_its_own_name(
    shared: ControlProcess, service: str, role: str
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html"""
    iam = shared.client("iam", "us-east-1")
    name = f"{service}.amazonaws.com"

    expect_aws_error(
        "InvalidInput", iam.create_service_linked_role, AWSServiceName=name, CustomSuffix="x"
    )
    made = iam.create_service_linked_role(AWSServiceName=name)["Role"]

    assert made["Arn"].endswith(f":role/aws-service-role/{name}/{role}")
    expect_aws_error("InvalidInput", iam.create_service_linked_role, AWSServiceName=name)


def test_a_caller_that_deletes_what_a_page_of_roles_shows_sees_every_role(
    shared: ControlProcess,
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html"""
    iam = shared.client("iam", "us-east-1")
    for number in range(5):
        iam.create_role(
            RoleName=f"paged{number}", Path="/paged/", AssumeRolePolicyDocument=trust_policy()
        )
    pages = iam.get_paginator("list_roles").paginate(
        PathPrefix="/paged/", PaginationConfig={"PageSize": 2}
    )

    for page in pages:
        for role in page["Roles"]:
            iam.delete_role(RoleName=role["RoleName"])

    assert iam.list_roles(PathPrefix="/paged/")["Roles"] == []


def test_a_caller_that_deletes_what_a_page_of_policies_shows_sees_every_policy(
    shared: ControlProcess,
) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html"""
    iam = shared.client("iam", "us-east-1")
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    for number in range(4):
        iam.create_policy(PolicyName=f"paged{number}", Path="/paged/", PolicyDocument=document)
    pages = iam.get_paginator("list_policies").paginate(
        Scope="Local", PathPrefix="/paged/", PaginationConfig={"PageSize": 2}
    )
    sizes = []

    for page in pages:
        sizes.append(len(page["Policies"]))
        for policy in page["Policies"]:
            iam.delete_policy(PolicyArn=policy["Arn"])

    assert sizes == [2, 2]
    assert iam.list_policies(Scope="Local", PathPrefix="/paged/")["Policies"] == []


def test_a_marker_that_no_list_of_roles_has_given_is_refused(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"""
    iam = shared.client("iam", "us-east-1")

    expect_aws_error("ValidationError", iam.list_roles, Marker="junk!")
