"""Roles and their policies, on moto."""

import json

from tests.functional.twin.provider.deployments import TRUST
from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle


def test_a_role_that_is_forced_to_go_takes_policies_of_others_with_it(driver: Driver) -> None:
    """https://registry.terraform.io/providers/hashicorp/aws/latest/docs/resources/iam_role"""
    args = {"assumeRolePolicy": json.dumps(TRUST), "forceDetachPolicies": True}
    role = driver.create("aws:iam/role:Role", "forced", args)
    rights = {"Effect": "Allow", "Action": "logs:*", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [rights]})
    for name in ("one", "two"):
        driver.create("aws:iam/rolePolicy:RolePolicy", name, {"role": role.id, "policy": document})

    check_deletion(driver, role)


def test_roles_and_policies_live(driver: Driver) -> None:
    role = check_lifecycle(
        driver,
        "aws:iam/role:Role",
        "role",
        {"assumeRolePolicy": json.dumps(TRUST, indent=1), "description": "x"},
        {"description": "y", "tags": {"a": "b"}},
    )
    rights = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Resource": "*"}]}
    rights["Statement"][0]["Action"] = ["logs:PutLogEvents"]  # type: ignore[index]  # a plain dict
    policy = check_lifecycle(
        driver,
        "aws:iam/rolePolicy:RolePolicy",
        "rights",
        {"role": role.id, "policy": json.dumps(rights)},
        {"policy": json.dumps(rights).replace("PutLogEvents", "CreateLogStream")},
    )

    assert policy.id == f"{role.id}:{policy.outputs['name']}"
    assert "region" not in role.outputs
    check_deletion(driver, policy, role)
