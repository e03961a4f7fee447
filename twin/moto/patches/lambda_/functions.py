"""Corrections of moto's Lambda: settings, versions, concurrency and permissions.

Version numbers are never reused, and a version is published only after a change. Logging and
SnapStart settings are kept, and updates change every setting. A policy statement belongs to one
qualifier, in which its id is unique. moto never runs a function here.
"""

import copy
import json
from collections import defaultdict
from typing import Any
from urllib.parse import unquote

from moto.awslambda import models
from moto.awslambda.exceptions import (
    InvalidParameterValueException,
    LambdaClientError,
    UnknownPolicyException,
)
from moto.awslambda.responses import LambdaResponse
from moto.core.utils import iso_8601_datetime_with_nanoseconds

from twin.moto.lambda_.resource_policy import qualifier_of
from twin.moto.lambda_.settings import check_environment, check_runs_here
from twin.moto.patches.lambda_.answers import (
    ResourceConflict,
    check_revision,
    complete_configuration,
    complete_update,
    make_revision,
    patch_lambda_answers,
)
from twin.moto.patches.lambda_.pages import patch_lambda_pages
from twin.moto.patches.patching import replace_method


def patch_lambda() -> None:
    """Patch moto's Lambda."""
    function, backend = models.LambdaFunction, models.LambdaBackend
    replace_method(function, "__init__", _init)
    replace_method(function, "get_configuration", _get_configuration)
    replace_method(function, "get_code", _get_code)
    replace_method(function, "update_configuration", _update_configuration)
    replace_method(function, "update_function_code", _update_function_code)
    replace_method(function, "_invoke_lambda", _invoke_lambda)
    replace_method(models.LambdaStorage, "__init__", _storage_init)
    replace_method(models.LambdaStorage, "publish_version", _publish_version)
    replace_method(backend, "update_function_code", _backend_update_function_code)
    replace_method(backend, "list_versions_by_function", _list_versions_by_function)
    replace_method(backend, "put_function_concurrency", _put_function_concurrency)
    replace_method(backend, "add_permission", _add_permission)
    replace_method(backend, "get_policy", _get_policy)
    replace_method(LambdaResponse, "remove_permission", _remove_permission)
    replace_method(LambdaResponse, "publish_version", _publish_version_response)
    patch_lambda_answers()
    patch_lambda_pages()


# -- settings


def _init(original: Any) -> Any:
    def init(self: Any, account_id: str, spec: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        _check_settings(spec)
        self.twin_logging = _logging_config(spec["FunctionName"], spec.get("LoggingConfig"))
        self.twin_snap_start = (spec.get("SnapStart") or {}).get("ApplyOn", "None")
        original(self, account_id, spec, *args, **kwargs)
        self.twin_revision = make_revision()

    return init


def _check_settings(spec: dict[str, Any]) -> None:
    """Of a new function, or the changed ones of an existing function."""
    _check_limits(spec)
    check_runs_here(spec, InvalidParameterValueException)
    variables = (spec.get("Environment") or {}).get("Variables") or {}
    check_environment(variables, InvalidParameterValueException)


def _check_limits(spec: dict[str, Any]) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html."""
    for name, field, least, most in (
        ("Timeout", "timeout", 1, 900),
        ("MemorySize", "memorySize", 128, 10240),
    ):
        value = spec.get(name, least)
        if not least <= value <= most:
            bound = "less than or equal to" if value > most else "greater than or equal to"
            raise LambdaClientError(
                "ValidationException",
                f"1 validation error detected: Value '{value}' at '{field}' failed to satisfy "
                f"constraint: Member must have value {bound} {most if value > most else least}",
            )


def _logging_config(function_name: str, given: dict[str, Any] | None) -> dict[str, Any]:
    """https://docs.aws.amazon.com/lambda/latest/api/API_LoggingConfig.html."""
    config = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function_name}"} | (given or {})
    if config["LogFormat"] == "JSON":
        return {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO"} | config
    return {name: config[name] for name in ("LogFormat", "LogGroup")}


def _get_configuration(original: Any) -> Any:
    def get_configuration(self: Any, on_create: bool = False) -> dict[str, Any]:
        config: dict[str, Any] = original(self, on_create)
        published = str(self.version) != "$LATEST"
        optimized = published and self.twin_snap_start == "PublishedVersions"
        # https://docs.aws.amazon.com/lambda/latest/api/API_SnapStartResponse.html
        config["SnapStart"] = {
            "ApplyOn": self.twin_snap_start,
            "OptimizationStatus": "On" if optimized else "Off",
        }
        config["LoggingConfig"] = self.twin_logging
        complete_configuration(config, self, on_create=on_create)
        return config

    return get_configuration


def _get_code(original: Any) -> Any:
    """Report a reserved concurrency of 0, which throttles all invocations; moto omits it."""

    def get_code(self: Any) -> dict[str, Any]:
        code: dict[str, Any] = original(self)
        if self.reserved_concurrency is not None:
            reserved = int(self.reserved_concurrency)
            code["Concurrency"] = {"ReservedConcurrentExecutions": reserved}
        return code

    return get_code


def _update_configuration(original: Any) -> Any:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html."""

    def update_configuration(self: Any, updates: dict[str, Any]) -> dict[str, Any]:
        check_revision(updates.get("RevisionId"), self.twin_revision)
        _check_settings(updates)
        if "Environment" in updates:
            updates = updates | {"Environment": {"Variables": {}} | (updates["Environment"] or {})}
        if "LoggingConfig" in updates:
            merged = self.twin_logging | (updates["LoggingConfig"] or {})
            self.twin_logging = _logging_config(self.function_name, merged)
        if "SnapStart" in updates:
            self.twin_snap_start = updates["SnapStart"]["ApplyOn"]
        if "TracingConfig" in updates:
            self.tracing_config = updates["TracingConfig"]
        if "EphemeralStorage" in updates:
            self.ephemeral_storage = updates["EphemeralStorage"]["Size"]
        if "KMSKeyArn" in updates:
            self.kms_key_arn = updates["KMSKeyArn"]
        self.last_modified = iso_8601_datetime_with_nanoseconds()
        changed: dict[str, Any] = original(self, updates)
        complete_update(changed, self)
        return changed

    return update_configuration


def _update_function_code(original: Any) -> Any:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html."""

    def update_function_code(self: Any, updates: dict[str, Any]) -> dict[str, Any]:
        check_revision(updates.get("RevisionId"), self.twin_revision)
        if updates.get("DryRun"):
            return dict(original(self, updates))
        if "Architectures" in updates:
            self.architectures = updates["Architectures"]
        self.last_modified = iso_8601_datetime_with_nanoseconds()
        changed: dict[str, Any] = original(self, updates)
        complete_update(changed, self)
        return changed

    return update_function_code


def _backend_update_function_code(_original: Any) -> Any:
    """Publish after the update; moto also changes the published version."""

    def update_function_code(
        self: Any, function_name: str, qualifier: str, body: dict[str, Any]
    ) -> Any:
        function = self.get_function(function_name, qualifier)
        updated = function.update_function_code(body)
        if body.get("Publish") and not body.get("DryRun"):
            return self.publish_version(function_name).get_configuration()
        return updated

    return update_function_code


def _invoke_lambda(_original: Any) -> Any:
    def invoke_lambda(self: Any, event: str | None = None) -> Any:
        raise LambdaClientError(
            "InvalidRequestContentException",
            f"Control runs no functions ({self.function_name}); only the gateway's Invoke does.",
        )

    return invoke_lambda


# -- versions


def _storage_init(original: Any) -> Any:
    """Without moto's lambda expression, which no snapshot could hold."""

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        original(self, *args, **kwargs)
        self._aliases = defaultdict(dict)

    return init


def _publish_version(_original: Any) -> Any:
    """https://docs.aws.amazon.com/lambda/latest/api/API_PublishVersion.html.

    "Lambda doesn't publish a version if the function's configuration and code haven't changed since
    the last version." Numbers of deleted versions are not reused.
    """

    def publish_version(self: Any, name_or_arn: str, description: str = "") -> Any:
        latest = self.get_function_by_name_or_arn_forbid_qualifier(name_or_arn)
        group = self._functions[latest.function_name]
        if group["versions"] and not latest.code_or_config_updated:
            return group["versions"][-1]
        number = group.get("twin_last_version", 0) + 1
        version = copy.copy(latest)
        version.set_version(number)
        version.description = description or version.description
        version.twin_revision = make_revision()
        group["twin_last_version"] = number
        group["versions"].append(version)
        self._arns[version.function_arn] = version
        latest.code_or_config_updated = False
        version.code_or_config_updated = False
        return version

    return publish_version


def _list_versions_by_function(original: Any) -> Any:
    """https://docs.aws.amazon.com/lambda/latest/api/API_ListVersionsByFunction.html."""

    def list_versions_by_function(self: Any, function_name: str) -> Any:
        self.get_function(function_name)  # raises if there is none; moto lists nothing
        return original(self, function_name)

    return list_versions_by_function


def _publish_version_response(original: Any) -> Any:
    """Publish only if the code has the given `CodeSha256`, which moto ignores."""

    def publish_version(self: Any) -> Any:
        name = unquote(self.path.split("/")[-2])
        given = json.loads(self.body or "{}")
        function = self.backend.get_function(name)
        check_revision(given.get("RevisionId"), function.twin_revision)
        expected, actual = given.get("CodeSha256"), function.code_sha_256
        if expected and expected != actual:
            raise InvalidParameterValueException(
                f"CodeSHA256 ({expected}) is different from current CodeSHA256 in $LATEST "
                f"({actual}). Please try again with the CodeSHA256 in $LATEST."
            )
        return original(self)

    return publish_version


# -- concurrency


def _put_function_concurrency(original: Any) -> Any:
    """Pass the function's name; by ARN, moto counts its present reservation twice.

    https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
    """

    def put_function_concurrency(self: Any, function_name: str, reserved: str) -> Any:
        return original(self, self.get_function(function_name).function_name, reserved)

    return put_function_concurrency


# -- permissions


def _add_permission(original: Any) -> Any:
    """https://docs.aws.amazon.com/lambda/latest/api/API_AddPermission.html."""

    def add_permission(self: Any, function_name: str, qualifier: str | None, raw: str) -> Any:
        function = self.get_function(function_name, qualifier)
        sid = json.loads(raw).get("StatementId")
        if any(statement.get("Sid") == sid for statement in _statements(function, qualifier)):
            raise ResourceConflict(
                f"The statement id ({sid}) provided already exists. Please provide a new statement "
                "id, or remove the existing statement."
            )
        return original(self, function_name, qualifier, raw)

    return add_permission


def _get_policy(_original: Any) -> Any:
    """Return the qualifier's policy only; moto keeps all statements in one policy."""

    def get_policy(self: Any, function_name: str, qualifier: str | None = None) -> str:
        function = self.get_function(function_name, qualifier)
        statements = _statements(function, qualifier)
        if not statements:
            raise PolicyNotFound()
        policy = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
        return json.dumps({"Policy": json.dumps(policy), "RevisionId": function.policy.revision})

    return get_policy


class PolicyNotFound(LambdaClientError):
    """GetPolicy's error for a missing policy.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetPolicy.html
    """

    code = 404

    def __init__(self) -> None:
        super().__init__("ResourceNotFoundException", "The resource you requested does not exist.")


def _remove_permission(_original: Any) -> Any:
    """https://docs.aws.amazon.com/lambda/latest/api/API_RemovePermission.html."""

    def remove_permission(self: Any) -> Any:
        name = unquote(self.path.split("/")[-3])
        sid = unquote(self.path.split("/")[-1])
        qualifier = self.querystring.get("Qualifier", [None])[0]
        function = self.backend.get_function(name, qualifier)
        expected = self.querystring.get("RevisionId", [None])[0]
        for statement in _statements(function, qualifier):
            if statement.get("Sid") == sid:
                check_revision(expected, function.policy.revision)
                function.policy.statements.remove(statement)
                function.policy.revision = make_revision()
                return 204, {"status": 204}, "{}"
        raise UnknownPolicyException()

    return remove_permission


def _statements(function: Any, qualifier: str | None) -> list[dict[str, Any]]:
    return [
        statement
        for statement in function.policy.statements
        if qualifier_of(statement.get("Resource", "")) == (qualifier or "")
    ]
