"""Permissions boundaries of users, which moto lacks, and their policies, which must exist.

twin/moto/identity_reader.py hands boundaries to the decisions on access.
https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
"""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.exceptions import NotFoundException
from moto.iam.models import IAMBackend, Role, User
from moto.iam.responses import IamResponse

from twin.moto.patches.iam.managed_policies import find_aws_policy_document
from twin.moto.patches.patching import replace_method, set_attribute


def patch_iam_boundaries() -> None:
    """Patch moto's IAM."""
    set_attribute(User, "permissions_boundary_arn", None)
    set_attribute(User, "permissions_boundary", Role.__dict__["permissions_boundary"])
    replace_method(IamResponse, "create_user", _create_user)
    set_attribute(IamResponse, "put_user_permissions_boundary", _put_user_boundary)
    set_attribute(IamResponse, "delete_user_permissions_boundary", _delete_user_boundary)
    replace_method(IAMBackend, "put_role_permissions_boundary", _put_role_boundary)
    replace_method(IamResponse, "create_role", _create_role)


def _check_policy(backend: Any, arn: str) -> None:
    """Raise NotFoundException unless there is such a policy."""
    if arn not in backend.managed_policies and find_aws_policy_document(arn) is None:
        raise NotFoundException(f"Scope ARN: {arn} does not exist or is not attachable.")


def _create_user(original: Callable[..., Any]) -> Callable[..., Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateUser.html"""

    def create_user(self: Any) -> ActionResult:
        boundary = self._get_param("PermissionsBoundary")
        if boundary:
            _check_policy(self.backend, boundary)
        created: ActionResult = original(self)
        if boundary:
            user = self.backend.get_user(self._get_param("UserName"))
            user.permissions_boundary_arn = boundary
        return created

    return create_user


def _put_user_boundary(self: Any) -> EmptyResult:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPermissionsBoundary.html"""
    user = self.backend.get_user(self._get_param("UserName"))
    boundary = self._get_param("PermissionsBoundary")
    _check_policy(self.backend, boundary)
    user.permissions_boundary_arn = boundary
    return EmptyResult()


def _delete_user_boundary(self: Any) -> EmptyResult:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPermissionsBoundary.html"""
    self.backend.get_user(self._get_param("UserName")).permissions_boundary_arn = None
    return EmptyResult()


def _put_role_boundary(original: Callable[..., Any]) -> Callable[..., Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePermissionsBoundary.html"""

    def put_role_permissions_boundary(self: Any, role_name: str, boundary: str) -> None:
        self.get_role(role_name)
        _check_policy(self, boundary)
        original(self, role_name, boundary)

    return put_role_permissions_boundary


def _create_role(original: Callable[..., Any]) -> Callable[..., Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html"""

    def create_role(self: Any) -> ActionResult:
        if boundary := self._get_param("PermissionsBoundary"):
            _check_policy(self.backend, boundary)
        created: ActionResult = original(self)
        return created

    return create_role
