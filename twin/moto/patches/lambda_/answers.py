"""What Lambda's control plane says of a function beside its settings: revision, states, times.

A function, a version and an alias each have a revision, which changes with them and may be the
condition of a change. A new function is Pending and a changed one InProgress in the response to
the call itself; in the twin both are in force when the call is answered, so that later answers say
Active and Successful.
https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
"""

import json
from typing import Any
from urllib.parse import unquote

from moto.awslambda import models
from moto.awslambda.exceptions import (
    InvalidParameterValueException,
    LambdaClientError,
    PreconditionFailedException,
)
from moto.awslambda.responses import LambdaResponse
from moto.moto_api._internal import mock_random

from twin.core.lambda_.functions import LATEST
from twin.moto.patches.patching import replace_method

_CREATING = {"Reason": "The function is being created.", "ReasonCode": "Creating"}


class ResourceConflict(LambdaClientError):
    code = 409

    def __init__(self, message: str) -> None:
        super().__init__("ResourceConflictException", message)


def patch_lambda_answers() -> None:
    """Patch moto's aliases and qualifiers. lambda_.py patches functions, with the helpers below."""
    replace_method(models.LambdaStorage, "put_alias", _put_alias)
    replace_method(models.LambdaStorage, "update_alias", _update_alias)
    replace_method(models.LambdaBackend, "delete_function", _delete_function)
    replace_method(LambdaResponse, "update_alias", _update_alias_response)
    replace_method(LambdaResponse, "_set_configuration_qualifier", _set_configuration_qualifier)


# -- helpers


def make_revision() -> str:
    """A new revision, the same when control replays the call."""
    return str(mock_random.uuid4())


def check_revision(expected: str | None, actual: str) -> None:
    """Raise PreconditionFailedException unless nothing or the actual revision is expected."""
    if expected and expected != actual:
        raise PreconditionFailedException(
            "The RevisionId provided does not match the latest RevisionId for the Lambda function "
            "or alias. Call the GetFunction or the GetAlias API to retrieve the latest RevisionId "
            "for your resource."
        )


def complete_configuration(config: dict[str, Any], function: Any, *, on_create: bool) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_FunctionConfiguration.html"""
    config["RevisionId"] = function.twin_revision
    config["LastModified"] = f"{function.last_modified[:23]}+0000"
    if on_create:
        config["State"] = "Pending"
        config |= {f"State{name}": text for name, text in _CREATING.items()}


def complete_update(config: dict[str, Any], function: Any) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html"""
    function.twin_revision = config["RevisionId"] = make_revision()
    config["LastUpdateStatus"] = "InProgress"
    config |= {f"LastUpdateStatus{name}": text for name, text in _CREATING.items()}


# -- aliases and qualifiers


def _put_alias(original: Any) -> Any:
    """https://docs.aws.amazon.com/lambda/latest/api/API_CreateAlias.html"""

    def put_alias(
        self: Any, name: str, function_name: str, version: str, description: str, routing: Any
    ) -> Any:
        existing = self._get_function_aliases(function_name).get(name)
        if existing is not None:
            raise ResourceConflict(f"Alias already exists: {existing.arn}")
        _check_routing(self, function_name, version, routing)
        return original(self, name, function_name, version, description, routing)

    return put_alias


def _update_alias(original: Any) -> Any:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html"""

    def update_alias(
        self: Any,
        name: str,
        function_name: str,
        version: str | None,
        description: str | None,
        routing: Any,
    ) -> Any:
        alias = self.get_alias(name, function_name)
        later_version = version or alias.function_version
        later_routing = alias.routing_config if routing is None else routing
        _check_routing(self, function_name, later_version, later_routing)
        return original(self, name, function_name, version, description, routing)

    return update_alias


def _check_routing(storage: Any, function_name: str, version: str, routing: Any) -> None:
    """An alias points to one version, or to two published ones with the same role.

    https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html
    """
    weights = _weights(routing)
    if len(weights) > 1:
        raise InvalidParameterValueException(
            "Number of items in AdditionalVersionWeights cannot be greater than 1"
        )
    for second in weights:
        if second == version:
            raise InvalidParameterValueException(
                f"Invalid function version {version}. Function version {version} is already "
                "included in routing configuration."
            )
        if version == LATEST:
            raise InvalidParameterValueException(
                "$LATEST is not supported for an alias pointing to more than 1 version"
            )
        roles = {
            storage.get_function_by_name_or_arn_with_qualifier(function_name, each).role
            for each in (version, second)
        }
        if len(roles) > 1:
            raise InvalidParameterValueException(
                f"The versions {version} and {second} of an alias must have the same execution "
                "role."
            )


def _update_alias_response(original: Any) -> Any:
    """https://docs.aws.amazon.com/lambda/latest/api/API_UpdateAlias.html"""

    def update_alias(self: Any) -> Any:
        *_, function, _, name = map(unquote, self.path.split("/"))
        alias = self.backend.get_alias(name, function)
        check_revision(json.loads(self.body or "{}").get("RevisionId"), alias.revision_id)
        alias.revision_id = make_revision()
        _, _, body = original(self)
        return 200, {"status": 200}, body

    return update_alias


def _delete_function(original: Any) -> Any:
    """Keep a version that an alias names.

    https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunction.html
    """

    def delete_function(self: Any, name_or_arn: str, qualifier: str | None = None) -> Any:
        if qualifier:
            aliases = self.list_aliases(name_or_arn)
            using = [alias.name for alias in aliases if _names_version(alias, qualifier)]
            if using:
                raise ResourceConflict(
                    f"Unable to delete version because the following aliases reference it: "
                    f"[{', '.join(using)}]"
                )
        return original(self, name_or_arn, qualifier)

    return delete_function


def _names_version(alias: Any, version: str) -> bool:
    return version == alias.function_version or version in _weights(alias.routing_config)


def _weights(routing: Any) -> dict[str, float]:
    weights: dict[str, float] = (routing or {}).get("AdditionalVersionWeights") or {}
    return weights


def _set_configuration_qualifier(_original: Any) -> Any:
    """The ARN of an answer has the qualifier of the request.

    https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html
    """

    def set_configuration_qualifier(
        configuration: dict[str, Any], _function_name: str, qualifier: str | None
    ) -> dict[str, Any]:
        if qualifier:
            arn = ":".join(configuration["FunctionArn"].split(":")[:7])
            configuration["FunctionArn"] = f"{arn}:{qualifier}"
        else:
            configuration["Version"] = "$LATEST"
        return configuration

    return staticmethod(set_configuration_qualifier)
