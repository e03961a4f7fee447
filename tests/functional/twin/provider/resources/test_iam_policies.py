"""Managed policies and their attachments, on moto."""

import json

from tests.functional.twin.provider.deployments import TRUST
from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle
from twin.provider.aws_client import AwsClient
from twin.provider.config import parse_configuration


def document(action: str) -> str:
    statement = {"Effect": "Allow", "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_policy_and_its_attachment_live(driver: Driver) -> None:
    policy = check_lifecycle(
        driver,
        "aws:iam/policy:Policy",
        "reads",
        {"policy": document("dynamodb:GetItem"), "tags": {"a": "b"}},
        {"policy": document("dynamodb:Query")},
    )
    role = driver.create("aws:iam/role:Role", "attached", {"assumeRolePolicy": json.dumps(TRUST)})
    attachment = check_lifecycle(
        driver,
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "reads",
        {"role": role.outputs["name"], "policyArn": policy.outputs["arn"]},
        {},
    )

    check_deletion(driver, attachment, role, policy)


def test_a_policy_changes_more_often_than_it_has_versions(driver: Driver, moto_url: str) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html"""
    args = {"policy": document("dynamodb:Action0")}
    policy = driver.create("aws:iam/policy:Policy", "often", args)

    for i in range(1, 7):
        policy = driver.update(policy, {"policy": document(f"dynamodb:Action{i}")})

    aws = AwsClient(parse_configuration({}, {"AWS_ENDPOINT_URL": moto_url}))
    arn = policy.outputs["arn"]
    versions = aws.call("iam", "us-east-1", "ListPolicyVersions", {"PolicyArn": arn})["Versions"]
    assert len(versions) == 5
    refreshed = driver.refresh(policy)
    assert refreshed is not None
    assert "Action6" in refreshed.outputs["policy"]
    check_deletion(driver, policy)
