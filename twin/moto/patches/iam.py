"""Corrections of moto's IAM: what an update keeps, and lists that moto lacks.

AWS's own managed policies are in managed_policies.py.
"""

from collections.abc import Callable
from typing import Any

from moto.core.responses import ActionResult
from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse

from twin.moto.patches.patching import replace_method, set_attribute


def patch_iam() -> None:
    """Patch moto's IAM."""
    replace_method(IAMBackend, "update_role", _update_role)
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


def _list_no_credentials(self: Any) -> ActionResult:
    """Such credentials can't be made in the twin; clients look for them before they delete a user.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListServiceSpecificCredentials.html
    """
    self.backend.get_user(self._get_param("UserName"))
    return ActionResult({"ServiceSpecificCredentials": []})
