"""Which of several values of an environment variable a function gets."""

import os
from pathlib import Path

from twin.iam.session_token import TemporaryCredentials, TokenIssuer
from twin.region.lambdas.runtime_env import RuntimeVariables, make_role_credentials
from twin.runtime.instance import Instance
from twin.topology.model import FunctionVersion

MACHINE = {"PATH": "/bin", "HOME": "/root", "AWS_PROFILE": "mine", "TWIN_HOME": "/twin"}


def build(environment: dict[str, str], log_group: str = "") -> dict[str, str]:
    version = FunctionVersion(
        version="7",
        handler="app.handler",
        runtime="python3.13",
        timeout_s=3.0,
        memory_mb=256,
        code_sha256="",
        environment=environment,
        log_group=log_group,
        role="arn:aws:iam::123456789012:role/app",
    )
    variables = RuntimeVariables(
        instance=Instance(Path("/t"), 3),
        region="us-west-2",
        machine=MACHINE,
        make_credentials=lambda function, role: TemporaryCredentials(
            key_id="ASIAEXAMPLE", secret=f"secret of {function}", token=f"token of {role}"
        ),
    )
    return variables.build(
        function="app",
        version=version,
        task_root=Path("/code"),
        temp_folder=Path("/scratch"),
        runtime_api="127.0.0.1:9",
        log_stream="s",
    )


def test_of_the_machines_variables_only_path_language_and_home_are_inherited() -> None:
    found = build({})

    assert (found["PATH"], found["HOME"]) == ("/bin", "/root")
    assert "LANG" not in found  # the machine has none
    assert not {"AWS_PROFILE", "TWIN_HOME"} & found.keys()


def test_reserved_names_override_the_functions_own() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""
    found = build({"AWS_REGION": "mars-1", "_HANDLER": "other", "TABLE": "items"})

    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "us-west-2"
    assert found["_HANDLER"] == "app.handler"
    assert found["TABLE"] == "items"


def test_the_function_may_override_endpoints_and_credentials() -> None:
    found = build({"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:1", "AWS_ACCESS_KEY_ID": "k"})

    assert found["AWS_ENDPOINT_URL_DYNAMODB"] == "http://127.0.0.1:1"
    assert found["AWS_ACCESS_KEY_ID"] == "k"
    assert found["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4569"


def test_a_function_has_credentials_of_its_execution_role() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"""
    issuer = TokenIssuer(b"k" * 32)
    made = make_role_credentials(issuer, lambda: 100.0, "ASIATWIN")("app", "arn:role")

    session = issuer.read("ASIATWIN", made.token)

    assert (session.role_arn, session.name) == ("arn:role", "app")
    assert (session.issued_at, session.expires_at) == (100.0, None)
    found = build({})
    assert found["AWS_ACCESS_KEY_ID"] == "ASIAEXAMPLE"
    assert found["AWS_SECRET_ACCESS_KEY"] == "secret of app"
    assert found["AWS_SESSION_TOKEN"] == "token of arn:aws:iam::123456789012:role/app"


def test_a_function_reads_no_aws_configuration_of_the_user() -> None:
    found = build({})

    assert found["AWS_CONFIG_FILE"] == found["AWS_SHARED_CREDENTIALS_FILE"] == os.devnull


def test_a_function_without_a_log_group_of_its_own_has_lambdas_default() -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html"""
    assert build({})["AWS_LAMBDA_LOG_GROUP_NAME"] == "/aws/lambda/app"
    assert build({}, log_group="/mine")["AWS_LAMBDA_LOG_GROUP_NAME"] == "/mine"
