"""Revisions, states and times of functions over boto3."""

import re

import pytest

from tests.functional.twin.aws_errors import Client, error_message, expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.resources import create_function
from tests.lambda_function import make_zip


@pytest.fixture(scope="module")
def role(shared: ControlProcess) -> str:
    """A role for functions of the module."""
    return create_function(shared, FRANKFURT, "answers")[0]


def test_a_new_function_is_pending_and_soon_active(functions: Client, role: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html"""
    created = functions.create_function(
        FunctionName="new",
        Role=role,
        Handler="a.b",
        Runtime="python3.13",
        Code={"ZipFile": make_zip()},
    )
    later = functions.get_function_configuration(FunctionName="new")

    assert created["State"] == "Pending"
    assert created["StateReasonCode"] == "Creating"
    assert created["StateReason"] == "The function is being created."
    assert "LastUpdateStatus" not in created
    assert (later["State"], later["LastUpdateStatus"]) == ("Active", "Successful")
    assert "StateReason" not in later


def test_a_change_is_in_progress_and_makes_a_new_revision(functions: Client, role: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html"""
    assert role
    before = functions.get_function_configuration(FunctionName="answers")
    same = functions.get_function(FunctionName="answers")["Configuration"]

    dry = functions.update_function_code(FunctionName="answers", ZipFile=make_zip("a"), DryRun=True)
    code = functions.update_function_code(FunctionName="answers", ZipFile=make_zip("a"))
    settings = functions.update_function_configuration(FunctionName="answers", Timeout=5)
    after = functions.get_function_configuration(FunctionName="answers")

    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+0000", before["LastModified"])
    assert before["RevisionId"] == same["RevisionId"] == dry["RevisionId"]
    assert len({before["RevisionId"], code["RevisionId"], settings["RevisionId"]}) == 3
    for changed in (code, settings):
        assert changed["LastUpdateStatus"] == "InProgress"
        assert changed["LastUpdateStatusReasonCode"] == "Creating"
    assert (after["RevisionId"], after["LastUpdateStatus"]) == (
        settings["RevisionId"],
        "Successful",
    )


def test_another_revision_than_expected_refuses_a_change(functions: Client, role: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html#API_UpdateFunctionCode_Errors"""
    assert role
    name = {"FunctionName": "answers"}
    wrong = name | {"RevisionId": "0" * 8}
    grant = {
        "StatementId": "one",
        "Action": "lambda:InvokeFunction",
        "Principal": "elasticloadbalancing.amazonaws.com",
    }
    before = functions.get_function_configuration(**name)
    functions.add_permission(**name, **grant)
    policy = functions.get_policy(**name)["RevisionId"]

    for call, arguments in (
        (functions.update_function_code, {"ZipFile": make_zip("b")}),
        (functions.update_function_configuration, {"Timeout": 9}),
        (functions.publish_version, {}),
        (functions.update_alias, {"Name": "live", "Description": "x"}),
        (functions.add_permission, grant | {"StatementId": "two"}),
        (functions.remove_permission, {"StatementId": "one"}),
    ):
        expect_aws_error("PreconditionFailedException", call, **wrong, **arguments)

    assert functions.get_function_configuration(**name) | {"ResponseMetadata": None} == before | {
        "ResponseMetadata": None
    }
    functions.update_function_configuration(**name, Timeout=9, RevisionId=before["RevisionId"])
    functions.remove_permission(**name, StatementId="one", RevisionId=policy)


def test_versions_and_aliases_have_revisions_of_their_own(functions: Client, role: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html"""
    assert role
    latest = functions.get_function_configuration(FunctionName="answers")
    version = functions.get_function_configuration(FunctionName="answers", Qualifier="1")
    alias = functions.get_alias(FunctionName="answers", Name="live")

    changed = functions.update_alias(
        FunctionName="answers", Name="live", Description="d", RevisionId=alias["RevisionId"]
    )

    assert version["RevisionId"] != latest["RevisionId"]
    assert changed["RevisionId"] not in (alias["RevisionId"], version["RevisionId"])
    assert (
        functions.get_alias(FunctionName="answers", Name="live")["RevisionId"]
        == (changed["RevisionId"])
    )


def test_an_answer_has_the_qualifier_of_its_request(functions: Client, role: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html"""
    assert role
    arn = functions.get_function_configuration(FunctionName="answers")["FunctionArn"]

    found = [
        functions.get_function_configuration(FunctionName=name)
        for name in (arn, f"{arn}:1", "answers:live", "123456789012:function:answers:$LATEST")
    ]

    assert [(told["FunctionArn"], told["Version"]) for told in found] == [
        (arn, "$LATEST"),
        (f"{arn}:1", "1"),
        (f"{arn}:live", "1"),
        (f"{arn}:$LATEST", "$LATEST"),
    ]


def test_conflicts_of_aliases_are_told(functions: Client, role: str) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html#API_DeleteFunction_Errors"""
    assert role
    twice = expect_aws_error(
        "ResourceConflictException",
        functions.create_alias,
        FunctionName="answers",
        Name="live",
        FunctionVersion="1",
    )
    used = expect_aws_error(
        "ResourceConflictException",
        functions.delete_function,
        FunctionName="answers",
        Qualifier="1",
    )

    assert error_message(twice).endswith(":function:answers:live")
    assert error_message(used) == (
        "Unable to delete version because the following aliases reference it: [live]"
    )


@pytest.mark.parametrize(
    ("version", "weights", "message"),
    [
        ("1", {"1": 0.5}, "Function version 1 is already included in routing configuration."),
        ("$LATEST", {"1": 0.5}, "$LATEST is not supported for an alias pointing to more than 1"),
        ("1", {"2": 0.2, "3": 0.2}, "AdditionalVersionWeights cannot be greater than 1"),
    ],
)
def test_an_alias_points_to_one_version_or_to_two_published_ones(
    functions: Client, role: str, version: str, weights: dict[str, float], message: str
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
    assert role
    before = functions.get_alias(FunctionName="answers", Name="live")
    routing = {"FunctionVersion": version, "RoutingConfig": {"AdditionalVersionWeights": weights}}

    for call, name in ((functions.create_alias, "canary"), (functions.update_alias, "live")):
        error = expect_aws_error(
            "InvalidParameterValueException", call, FunctionName="answers", Name=name, **routing
        )
        assert message in error_message(error)

    names = [alias["Name"] for alias in functions.list_aliases(FunctionName="answers")["Aliases"]]
    assert names == ["live"]
    after = functions.get_alias(FunctionName="answers", Name="live")
    assert after | {"ResponseMetadata": None} == before | {"ResponseMetadata": None}


def test_weights_are_checked_against_the_later_version(
    shared: ControlProcess, functions: Client
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
    create_function(shared, FRANKFURT, "canary")
    functions.publish_version(FunctionName="canary")
    functions.update_function_code(FunctionName="canary", ZipFile=make_zip("two"))
    functions.publish_version(FunctionName="canary")
    alias = {"FunctionName": "canary", "Name": "weighted"}

    functions.create_alias(
        **alias, FunctionVersion="1", RoutingConfig={"AdditionalVersionWeights": {"2": 0.1}}
    )
    for version in ("2", "$LATEST"):
        expect_aws_error(
            "InvalidParameterValueException",
            functions.update_alias,
            **alias,
            FunctionVersion=version,
        )
    expect_aws_error(
        "ResourceNotFoundException",
        functions.update_alias,
        **alias,
        RoutingConfig={"AdditionalVersionWeights": {"9": 0.1}},
    )
    moved = functions.update_alias(
        **alias, FunctionVersion="2", RoutingConfig={"AdditionalVersionWeights": {}}
    )

    assert moved["FunctionVersion"] == "2"


def test_both_versions_of_an_alias_have_the_same_role(
    shared: ControlProcess, functions: Client
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
    create_function(shared, FRANKFURT, "roles")
    other, *_ = create_function(shared, FRANKFURT, "others")
    functions.publish_version(FunctionName="roles")
    functions.update_function_configuration(FunctionName="roles", Role=other)
    functions.publish_version(FunctionName="roles")

    error = expect_aws_error(
        "InvalidParameterValueException",
        functions.create_alias,
        FunctionName="roles",
        Name="weighted",
        FunctionVersion="2",
        RoutingConfig={"AdditionalVersionWeights": {"1": 0.1}},
    )

    assert "must have the same execution role" in error_message(error)
