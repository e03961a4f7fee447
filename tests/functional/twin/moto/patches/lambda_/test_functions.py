"""Lambda's control plane over boto3: settings, versions, concurrency, permissions."""

import json

import pytest

from tests.functional.twin.aws_errors import Client, error_message, expect_aws_error
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.resources import ServiceIds, create_function
from tests.lambda_function import make_zip


def test_logging_and_snap_start_are_kept(shared: ControlProcess, functions: Client) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html."""
    create_function(shared, FRANKFURT, "kept")

    functions.update_function_configuration(
        FunctionName="kept",
        LoggingConfig={"LogFormat": "JSON", "ApplicationLogLevel": "DEBUG", "LogGroup": "/mine"},
        SnapStart={"ApplyOn": "PublishedVersions"},
        EphemeralStorage={"Size": 1024},
        TracingConfig={"Mode": "Active"},
    )

    told = functions.get_function_configuration(FunctionName="kept")
    assert told["LoggingConfig"] == {
        "LogFormat": "JSON",
        "ApplicationLogLevel": "DEBUG",
        "SystemLogLevel": "INFO",
        "LogGroup": "/mine",
    }
    assert told["SnapStart"] == {"ApplyOn": "PublishedVersions", "OptimizationStatus": "Off"}
    assert told["EphemeralStorage"] == {"Size": 1024}
    assert told["TracingConfig"] == {"Mode": "Active"}
    published = functions.publish_version(FunctionName="kept")
    assert published["SnapStart"]["OptimizationStatus"] == "On"


def test_text_has_no_levels(shared: ControlProcess, functions: Client) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html"""
    create_function(shared, FRANKFURT, "plain")

    for config in ({"LogFormat": "JSON", "SystemLogLevel": "WARN"}, {"LogFormat": "Text"}):
        functions.update_function_configuration(FunctionName="plain", LoggingConfig=config)

    told = functions.get_function_configuration(FunctionName="plain")
    assert told["LoggingConfig"] == {"LogFormat": "Text", "LogGroup": "/aws/lambda/plain"}


def test_versions_are_published_after_changes_only_and_never_numbered_twice(
    shared: ControlProcess, functions: Client
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html."""
    create_function(shared, FRANKFURT, "versions")

    def publish() -> str:
        version: str = functions.publish_version(FunctionName="versions")["Version"]
        return version

    assert publish() == "1"
    functions.update_function_code(FunctionName="versions", ZipFile=make_zip("two"))
    assert publish() == "2"
    assert publish() == "2"
    functions.delete_function(FunctionName="versions", Qualifier="2")
    functions.update_function_code(FunctionName="versions", ZipFile=make_zip("three"))
    assert publish() == "3"


def test_a_version_is_published_of_the_expected_code_only(
    shared: ControlProcess, functions: Client
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html."""
    create_function(shared, FRANKFURT, "expected")

    expect_aws_error(
        "InvalidParameterValueException",
        functions.publish_version,
        FunctionName="expected",
        CodeSha256="AAAA",
    )


def test_each_qualifier_has_its_own_policy(shared: ControlProcess, functions: Client) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html."""
    create_function(shared, FRANKFURT, "policy")
    grant = {
        "FunctionName": "policy",
        "StatementId": "one",
        "Action": "lambda:InvokeFunction",
        "Principal": "elasticloadbalancing.amazonaws.com",
    }

    functions.add_permission(**grant, Qualifier="live")

    expect_aws_error("ResourceNotFoundException", functions.get_policy, FunctionName="policy")
    expect_aws_error(
        "ResourceConflictException", functions.add_permission, **grant, Qualifier="live"
    )
    functions.add_permission(**grant)
    functions.remove_permission(FunctionName="policy", StatementId="one", Qualifier="live")
    expect_aws_error(
        "ResourceNotFoundException", functions.get_policy, FunctionName="policy", Qualifier="live"
    )
    left = json.loads(functions.get_policy(FunctionName="policy")["Policy"])["Statement"]
    assert [statement["Resource"].rsplit(":", 1)[-1] for statement in left] == ["policy"]


def test_a_reservation_of_nothing_is_told(shared: ControlProcess, functions: Client) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html."""
    create_function(shared, FRANKFURT, "stopped")
    functions.put_function_concurrency(FunctionName="stopped", ReservedConcurrentExecutions=0)

    told = functions.get_function(FunctionName="stopped")
    published = {f.name: f for f in shared.topology().regions[FRANKFURT].functions}

    assert told["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    assert published["stopped"].reserved_concurrency == 0
    expect_aws_error(
        "InvalidParameterValueException",
        functions.put_function_concurrency,
        FunctionName="stopped",
        ReservedConcurrentExecutions=901,
    )


def test_a_function_named_by_its_arn_is_not_counted_against_itself(
    shared: ControlProcess, functions: Client
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html."""
    _, arn, _ = create_function(shared, FRANKFURT, "by-arn")
    functions.put_function_concurrency(FunctionName="by-arn", ReservedConcurrentExecutions=800)

    for count in (700, 5):
        functions.put_function_concurrency(FunctionName=arn, ReservedConcurrentExecutions=count)

    found = functions.get_function_concurrency(FunctionName="by-arn")
    assert found["ReservedConcurrentExecutions"] == 5
    functions.delete_function_concurrency(FunctionName=arn)
    expect_aws_error(
        "ResourceNotFoundException",
        functions.put_function_concurrency,
        FunctionName="none",
        ReservedConcurrentExecutions=950,
    )


@pytest.mark.parametrize(("setting", "value"), [("Timeout", 901), ("MemorySize", 10241)])
def test_function_limits_hold(
    shared: ControlProcess, functions: Client, deployed: ServiceIds, setting: str, value: int
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html."""
    error = expect_aws_error(
        "ValidationException",
        functions.update_function_configuration,
        FunctionName="app",
        **{setting: value},
    )

    assert str(value) in error_message(error)


def test_code_and_settings_that_can_not_run_are_refused_at_once(
    shared: ControlProcess, functions: Client
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    create_function(shared, FRANKFURT, "judged")
    role = functions.get_function_configuration(FunctionName="judged")["Role"]
    code, refused = functions.update_function_code, "InvalidParameterValueException"

    broken = expect_aws_error(refused, code, FunctionName="judged", ZipFile=b"no zip")
    assert "Could not unzip" in error_message(broken)
    damaged = bytearray(make_zip())
    damaged[damaged.index(b"def handler")] ^= 1
    broken = expect_aws_error(refused, code, FunctionName="judged", ZipFile=bytes(damaged))
    assert "Could not unzip" in error_message(broken)
    change = functions.update_function_configuration
    reserved = {"Variables": {"AWS_REGION": "mars"}}
    expect_aws_error(refused, change, FunctionName="judged", Environment=reserved)
    expect_aws_error(refused, change, FunctionName="judged", Runtime="nodejs22.x")
    create = functions.create_function
    new = {"FunctionName": "image", "Role": role, "PackageType": "Image"}
    image = {"ImageUri": "123456789012.dkr.ecr.eu-central-1.amazonaws.com/a:1"}
    expect_aws_error(refused, create, Code=image, **new)
    expect_aws_error("ResourceNotFoundException", functions.get_function, FunctionName="image")


def test_versions_of_a_missing_function_can_not_be_listed(functions: Client) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html."""
    call = functions.list_versions_by_function
    expect_aws_error("ResourceNotFoundException", call, FunctionName="missing")
