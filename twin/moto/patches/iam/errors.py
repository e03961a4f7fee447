"""The texts of IAM's errors, which are AWS's where moto has its own: programs match them.

AWS publishes codes only; the texts are those that its users report.
https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html
"""

import re
from collections.abc import Callable
from typing import Any

from moto.core.exceptions import ServiceException
from moto.iam.exceptions import IAMException, NotFoundException
from moto.iam.models import Group, User
from moto.iam.responses import IamResponse

from twin.moto.patches.patching import replace_method, set_attribute

_TEXTS = (
    (r"Role (\S+) not found", "The role with name {0} cannot be found."),
    (r"User (\S+) not found", "The user with name {0} cannot be found."),
    (r"Group (\S+) not found", "The group with name {0} cannot be found."),
    (r"Instance profile (\S+) not found", "Instance Profile {0} cannot be found."),
    (r"Policy (arn:\S+) not found", "Policy {0} was not found."),
    (r"Login profile for (\S+) not found", "Login Profile for User {0} cannot be found."),
    (
        r"Policy Document (\S+) not attached to role \S+",
        "The role policy with name {0} cannot be found.",
    ),
    (r"Group (\S+) already exists", "Group with name {0} already exists."),
    (r"User (\S+) already exists", "User with name {0} already exists."),
    (r"User (\S+) already has password", "Login Profile for user {0} already exists."),
)
"""(pattern of moto's text, AWS's text)."""


def patch_iam_errors() -> None:
    """Patch moto's IAM."""
    set_attribute(IAMException, "__init__", _init)
    for holder, kind in ((Group, "group"), (User, "user")):
        for method in ("get_policy", "delete_policy"):
            replace_method(holder, method, _name_inline_policy(kind))
    replace_method(IamResponse, "get_policy_version", _name_policy_version)


def aws_text(text: str) -> str:
    """AWS's words for an error of moto's IAM; moto's own where they are the same."""
    for pattern, replacement in _TEXTS:
        if found := re.fullmatch(pattern, text):
            return replacement.format(*found.groups())
    return text


def _init(self: Any, *texts: str) -> None:
    ServiceException.__init__(self, *map(aws_text, texts))


def _name_inline_policy(kind: str) -> Callable[[Any], Any]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def method(self: Any, policy_name: str) -> Any:
            if policy_name not in self.policies:
                raise NotFoundException(
                    f"The {kind} policy with name {policy_name} cannot be found."
                )
            return original(self, policy_name)

        return method

    return make


def _name_policy_version(original: Callable[..., Any]) -> Callable[..., Any]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html"""

    def get_policy_version(self: Any) -> Any:
        arn, version = self._get_param("PolicyArn"), self._get_param("VersionId")
        known = {found.version_id for found in self.backend.list_policy_versions(arn)}
        if version not in known:
            raise NotFoundException(
                f"Policy {arn} version {version} does not exist or is not attachable."
            )
        return original(self)

    return get_policy_version
