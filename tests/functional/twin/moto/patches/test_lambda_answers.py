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
