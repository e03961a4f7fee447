"""Lambda's permissions.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-api-permissions-ref.html
"""

import pytest

from tests.unit.twin.iam.requirements.requirement_lists import ACCOUNT, REGION, keys_of, needs

APP = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:app"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/app"


@pytest.mark.parametrize(
    ("name", "qualifier", "arn"),
    [
        ("app", None, APP),
        ("app", "live", f"{APP}:live"),
        ("app:live", None, f"{APP}:live"),
        (f"{APP}:7", None, f"{APP}:7"),
        (f"{ACCOUNT}:function:app", "live", f"{APP}:live"),
        ("no name!", None, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:no name!"),
    ],
)
def test_an_invocation_is_about_what_it_names(name: str, qualifier: str | None, arn: str) -> None:
    found = needs("lambda", "Invoke", FunctionName=name, Qualifier=qualifier)

    assert found == [("lambda:InvokeFunction", arn)]


def test_most_operations_are_about_the_function_itself() -> None:
    found = needs("lambda", "GetFunction", FunctionName="app", Qualifier="live")

    assert found == [("lambda:GetFunction", APP)]
    assert (
        needs("lambda", "AddPermission", FunctionName="app", Qualifier="live")[0][1]
        == f"{APP}:live"
    )
    assert needs("lambda", "ListFunctions") == [("lambda:ListFunctions", "*")]
    assert needs("lambda", "TagResource", Resource=APP) == [("lambda:TagResource", APP)]


def test_a_function_is_created_with_a_role_that_is_passed_and_with_tags() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"""
    found = needs("lambda", "CreateFunction", FunctionName="app", Role=ROLE, Tags={"a": "b"})

    assert found == [
        ("lambda:CreateFunction", APP),
        ("lambda:TagResource", APP),
        ("iam:PassRole", ROLE),
    ]
    changed = needs("lambda", "UpdateFunctionConfiguration", FunctionName="app", Role=ROLE)
    assert ("iam:PassRole", ROLE) in changed
    untouched = needs("lambda", "UpdateFunctionConfiguration", FunctionName="app", Timeout=3)
    assert untouched == [("lambda:UpdateFunctionConfiguration", APP)]


def test_the_principal_of_a_permission_is_a_condition_key() -> None:
    """https://docs.aws.amazon.com/service-authorization/latest/reference/list_awslambda.html"""
    principal = "elasticloadbalancing.amazonaws.com"
    keys = keys_of("lambda", "AddPermission", FunctionName="app", Principal=principal)

    assert keys == {"lambda:principal": (principal,)}
    network = {"SubnetIds": ["subnet-1"], "SecurityGroupIds": ["sg-1"]}
    keys = keys_of("lambda", "CreateFunction", FunctionName="app", VpcConfig=network)
    assert keys == {"lambda:subnetids": ("subnet-1",), "lambda:securitygroupids": ("sg-1",)}
