"""Templates of ARNs, and the tags of a request."""

import pytest

from tests.unit.twin.iam.requirements.requirement_lists import ACCOUNT, REGION, make_scope
from twin.iam.directory import IamRole, IdentityDirectory
from twin.iam.requirements.model import (
    expand_resources,
    operations_table,
    pass_role,
    read_tags,
    service_linked_role,
    tag_keys,
)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{Arn}", ["a"]),
        ("x:{region}:{account}:{Names}", [f"x:{REGION}:{ACCOUNT}:{n}" for n in ("p", "q")]),
        ("{Nested.Id}", ["1", "2"]),
        ("{Missing}", ["*"]),
        ("{Empty}", ["*"]),
        ("fixed/*", ["fixed/*"]),
    ],
)
def test_a_template_has_the_parameters_values(template: str, expected: list[str]) -> None:
    parameters = {
        "Arn": "a",
        "Names": ["p", "q", "p"],
        "Nested": [{"Id": 1}, {"Id": 2}],
        "Empty": "",
    }

    assert expand_resources((template,), parameters, make_scope()) == expected


def test_a_table_maps_each_operation_to_its_templates() -> None:
    assert operations_table(("a b", "X Y"), ("", "Z")) == {
        "X": ("a", "b"),
        "Y": ("a", "b"),
        "Z": (),
    }


@pytest.mark.parametrize(
    "parameters",
    [
        {"Tags": [{"Key": "Team", "Value": "core"}]},
        {"tags": {"Team": "core"}},
        {"AddTags": [{"Key": "Team", "Value": "core"}]},
        {"TagSpecifications": [{"Tags": [{"Key": "Team", "Value": "core"}]}]},
    ],
)
def test_tags_are_read_in_all_of_awss_forms(parameters: dict[str, object]) -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html"""
    assert read_tags(parameters) == {"Team": "core"}
    assert tag_keys(parameters) == {"aws:requesttag/team": ("core",), "aws:tagkeys": ("Team",)}


def test_removed_tags_have_keys_only() -> None:
    assert tag_keys({"TagKeys": ["a", "b"]}) == {"aws:tagkeys": ("a", "b")}
    assert tag_keys({}) == {}


def test_passing_a_role_names_the_service() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"""
    needed = pass_role("arn:role", "lambda.amazonaws.com")

    assert (needed.action, needed.resource) == ("iam:PassRole", "arn:role")
    assert needed.keys == {"iam:passedtoservice": ("lambda.amazonaws.com",)}


def test_a_service_linked_role_is_made_once() -> None:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html"""
    arn = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"
    role = IamRole(name="AWSServiceRoleForX", arn=arn, id="AROA", trust="")

    (needed,) = service_linked_role("x.amazonaws.com", "AWSServiceRoleForX", make_scope())
    having = make_scope(IdentityDirectory(roles=(role,)))

    assert (needed.action, needed.resource) == ("iam:CreateServiceLinkedRole", arn)
    assert service_linked_role("x.amazonaws.com", "AWSServiceRoleForX", having) == []
