"""The quotas of IAM for sizes of policies; moto takes policies of any size.

The texts are those that AWS's users report.
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from collections.abc import Callable, Mapping
from typing import Any

from moto.iam.exceptions import LimitExceededException
from moto.iam.models import IAMBackend

from twin.moto.patches.patching import replace_method

MAX_MANAGED = 6144
MAX_TRUST = 2048
"""The default; AWS raises it to 8,192 on request."""
MAX_INLINE = {"user": 2048, "group": 5120, "role": 10_240}
"""Of all inline policies of one identity together."""


def patch_iam_quotas() -> None:
    """Patch moto's IAM."""
    replace_method(IAMBackend, "create_policy", _create_policy)
    replace_method(IAMBackend, "create_policy_version", _create_policy_version)
    replace_method(IAMBackend, "update_assume_role_policy", _update_trust)
    for kind in MAX_INLINE:
        replace_method(IAMBackend, f"put_{kind}_policy", _put_inline_policy(kind))


def policy_size(document: str) -> int:
    """ "IAM doesn't count white space when calculating the size of a policy against these quotas."

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    """
    return len("".join(document.split()))


def check_managed_policy(document: str) -> None:
    """Raises LimitExceededException."""
    _check(document, MAX_MANAGED, "PolicySize")


def check_trust_policy(document: str) -> None:
    """Raises LimitExceededException."""
    _check(document, MAX_TRUST, "ACLSizePerRole")


def _check(document: str, most: int, quota: str) -> None:
    if policy_size(document) > most:
        raise LimitExceededException(f"Cannot exceed quota for {quota}: {most}")


def check_inline_policies(kind: str, name: str, policies: Mapping[str, str]) -> None:
    """Check all inline policies of an identity by name. Raises LimitExceededException."""
    most = MAX_INLINE[kind]
    if sum(map(policy_size, policies.values())) > most:
        raise LimitExceededException(
            f"Maximum policy size of {most} bytes exceeded for {kind} {name}"
        )


def _create_policy(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_policy(self: Any, description: str, path: str, document: str, *args: Any) -> Any:
        check_managed_policy(document)
        return original(self, description, path, document, *args)

    return create_policy


def _create_policy_version(original: Callable[..., Any]) -> Callable[..., Any]:
    def create_policy_version(self: Any, policy_arn: str, document: str, *args: Any) -> Any:
        check_managed_policy(document)
        return original(self, policy_arn, document, *args)

    return create_policy_version


def _update_trust(original: Callable[..., Any]) -> Callable[..., Any]:
    def update_assume_role_policy(self: Any, role_name: str, document: str) -> None:
        check_trust_policy(document)
        original(self, role_name, document)

    return update_assume_role_policy


def _put_inline_policy(kind: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    def make(original: Callable[..., Any]) -> Callable[..., Any]:
        def put_policy(self: Any, name: str, policy_name: str, document: str) -> None:
            holder = getattr(self, f"get_{kind}")(name)
            check_inline_policies(kind, name, {**holder.policies, policy_name: document})
            original(self, name, policy_name, document)

        return put_policy

    return make
