"""Corrections of moto's IAM: what an update keeps, which trust policies a role can have, the names
of service-linked roles, and lists that moto lacks.

AWS's own managed policies are in managed_policies.py.
"""

import base64
import json
from collections.abc import Callable, Iterable
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.exceptions import InvalidInput, MalformedPolicyDocument
from moto.iam.models import IAMBackend, filter_items_with_path_prefix
from moto.iam.policy_validation import IAMTrustPolicyDocumentValidator
from moto.iam.responses import IamResponse

from twin.moto.patches.iam.quotas import check_trust_policy
from twin.moto.patches.patching import replace_method, set_attribute

ITEMS_PER_PAGE = 100
_SERVICE_ROLES = {
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "globalaccelerator.amazonaws.com": "AWSServiceRoleForGlobalAccelerator",
    "ops.apigateway.amazonaws.com": "AWSServiceRoleForAPIGateway",
    "replication.dynamodb.amazonaws.com": "AWSServiceRoleForDynamoDBReplication",
}
"""The service-linked roles of the services that the twin has."""


def patch_iam() -> None:
    """Patch moto's IAM."""
    replace_method(IAMBackend, "create_service_linked_role", _create_service_role)
    replace_method(IAMBackend, "update_role", _update_role)
    replace_method(IAMBackend, "create_role", _create_role)
    set_attribute(IAMBackend, "list_roles", _list_roles)
    set_attribute(IAMBackend, "_filter_attached_policies", _list_policies)
    trust = IAMTrustPolicyDocumentValidator
    replace_method(trust, "validate", _validate_trust_policy)
    set_attribute(trust, "_validate_version", _accept_version)
    set_attribute(trust, "_validate_trust_policy_action", _check_trust_action)
    set_attribute(IamResponse, "list_service_specific_credentials", _list_no_credentials)


def _update_role(original: Callable[..., Any]) -> Callable[..., Any]:
    """Keep a description that is not given.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateRole.html
    """

    def update_role(self: Any, name: str, description: str | None, duration: str) -> Any:
        if description is None:
            description = self.get_role(name).description
        return original(self, name, description, duration)

    return update_role


def _list_roles(
    self: Any, path_prefix: str | None = None, marker: str | None = None, max_items: Any = None
) -> tuple[list[Any], str | None]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRoles.html"""
    found = filter_items_with_path_prefix(path_prefix or "/", list(self.roles.values()))
    return _take_page(found, lambda role: str(role.id), marker, int(max_items or ITEMS_PER_PAGE))


def _list_policies(
    _self: Any, policies: Iterable[Any], marker: str | None, max_items: int, path_prefix: str
) -> tuple[list[Any], str | None]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html"""
    found = filter_items_with_path_prefix(path_prefix or "/", policies)
    return _take_page(found, lambda policy: str(policy.name), marker, max_items)


def _take_page(
    items: Iterable[Any], order: Callable[[Any], str], marker: str | None, size: int
) -> tuple[list[Any], str | None]:
    """The page from the marker on, and the next marker, which names the first item of its page.

    With positions, as moto has them, a caller that deletes what a page shows would miss others.
    "0" is what moto takes for no marker.
    """
    first = base64.b64decode(marker, validate=True).decode() if marker not in (None, "0") else ""
    rest = sorted((item for item in items if order(item) >= first), key=order)
    if len(rest) <= size:
        return rest, None
    return rest[:size], base64.b64encode(order(rest[size]).encode()).decode()


def _create_role(original: Callable[..., Any]) -> Callable[..., Any]:
    """Check the trust policy, as moto does in UpdateAssumeRolePolicy only.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html
    """

    def create_role(
        self: Any, role_name: str, assume_role_policy_document: str, *args: Any, **options: Any
    ) -> Any:
        check_trust_policy(assume_role_policy_document)
        IAMTrustPolicyDocumentValidator(assume_role_policy_document).validate()
        return original(self, role_name, assume_role_policy_document, *args, **options)

    return create_role


def _create_service_role(original: Callable[..., Any]) -> Callable[..., Any]:
    """Give a role the name by which its service knows it; moto derives one from the service's.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateServiceLinkedRole.html
    """

    def create_service_linked_role(
        self: Any, service_name: str, description: str, suffix: str
    ) -> Any:
        name = _SERVICE_ROLES.get(service_name)
        if name is None:
            return original(self, service_name, description, suffix)
        if suffix:
            raise InvalidInput(f"Custom suffix is not allowed for {service_name}")
        if any(role.name == name for role in self.roles.values()):
            raise InvalidInput(
                f"Service role name {name} has been taken in this account, "
                "please try a different suffix."
            )
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": service_name},
            "Action": "sts:AssumeRole",
        }
        return self.create_role(
            name,
            json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
            f"/aws-service-role/{service_name}/",
            permissions_boundary=None,
            description=description,
            tags=[],
            max_session_duration="3600",
            linked_service=service_name,
        )

    return create_service_linked_role


def _validate_trust_policy(original: Callable[..., Any]) -> Callable[..., Any]:
    """A trust policy without a principal would trust nobody.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """

    def validate(self: Any) -> None:
        original(self)
        for statement in self._statements:
            if not {"Principal", "NotPrincipal"} & set(statement):
                raise MalformedPolicyDocument("Missing required field Principal")

    return validate


def _accept_version(_: Any) -> None:
    """Trust policies may have the older version, and it is the default.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_version.html
    """


def _check_trust_action(action: str) -> None:
    """Any action of STS, in any case: new ones are added, and moto's list lags behind.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
    """
    if not action.lower().startswith("sts:"):
        raise ValueError(action)


def _list_no_credentials(self: Any) -> ActionResult:
    """Such credentials can't be made in the twin; clients look for them before they delete a user.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html
    """
    self.backend.get_user(self._get_param("UserName"))
    return ActionResult({"ServiceSpecificCredentials": []})
