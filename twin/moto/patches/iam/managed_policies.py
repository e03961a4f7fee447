"""AWS's own managed policies, which every account has (arn:aws:iam::aws:policy/...).

moto has their documents, and would hold all 1,500 in its state. Here a policy is in the state only
while it is attached; other calls get it for their own time. So a look at the state stays cheap.
Lists, which change no policy, share the others: it takes a fifth of a second to make all of them.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html#aws-managed-policies
"""

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from functools import cache, wraps
from typing import Any

from moto.iam import models
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.moto_api._internal import mock_random

from twin.moto.patches.patching import replace_method, set_attribute

_BY_ARN = (
    "attach_group_policy",
    "attach_role_policy",
    "attach_user_policy",
    "detach_group_policy",
    "detach_role_policy",
    "detach_user_policy",
    "get_policy",
    "get_policy_version",
    "list_policy_tags",
    "list_policy_versions",
)
"""Methods of moto's backend that take a policy's ARN first."""


def patch_managed_policies() -> None:
    """Let moto's IAM know AWS's own policies; an attachment that exists already is not counted."""
    for name in _BY_ARN:
        replace_method(models.IAMBackend, name, _with_named_policy)
    replace_method(models.IAMBackend, "list_policies", _with_every_policy)
    replace_method(models.ManagedPolicy, "attach_to", _attach_once)


def _with_named_policy(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def call(self: Any, policy_arn: str, *args: Any, **kwargs: Any) -> Any:
        with _provided(self, [policy_arn], _make_policy):
            return original(self, policy_arn, *args, **kwargs)

    return call


def _with_every_policy(original: Callable[..., Any]) -> Callable[..., Any]:
    listed: dict[tuple[str, str], Any] = {}
    """Account and ARN -> a policy that no call but a list gets."""

    def take_listed(backend: Any, arn: str) -> Any:
        key = backend.account_id, arn
        if key not in listed:
            listed[key] = _make_policy(backend, arn)
        return listed[key]

    @wraps(original)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        with _provided(self, _documents(), take_listed):
            return original(self, *args, **kwargs)

    return call


def _attach_once(original: Callable[..., None]) -> Callable[..., None]:
    """https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html"""

    def attach_to(self: Any, entity: Any) -> None:
        if self.arn not in entity.managed_policies:
            original(self, entity)

    return attach_to


@contextlib.contextmanager
def _provided(backend: Any, arns: Iterable[str], make: Callable[[Any, str], Any]) -> Iterator[None]:
    """Have AWS's policies among `arns` in the backend; those that are not attached leave again."""
    policies = backend.managed_policies
    for arn in arns:
        if arn not in policies and arn in _documents():
            policies[arn] = make(backend, arn)
    try:
        yield
    finally:
        unused = [
            arn
            for arn, policy in policies.items()
            if isinstance(policy, models.AWSManagedPolicy) and not policy.attachment_count
        ]
        for arn in unused:
            del policies[arn]


def find_aws_policy_document(arn: str) -> str | None:
    """The JSON of one of AWS's own policies, attached or not; None for another ARN."""
    found = _documents().get(arn)
    return None if found is None else json.dumps(found[1]["Document"])


@cache
def _documents() -> dict[str, tuple[str, Any]]:
    """ARN -> name and description of a policy."""
    found: dict[str, Any] = json.loads(aws_managed_policies_data)
    return {
        f"arn:aws:iam::aws:policy{policy['Path']}{name}": (name, policy)
        for name, policy in found.items()
    }


def _make_policy(backend: Any, arn: str) -> Any:
    """The policy with an id that is always the same; ids that moto draws next stay as they were."""
    name, described = _documents()[arn]
    state = mock_random.getstate()
    policy = models.AWSManagedPolicy.from_data(
        name, backend.account_id, backend.region_name, described
    )
    mock_random.setstate(state)
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
    set_attribute(policy, "id", f"ANPA{hashlib.sha256(arn.encode()).hexdigest()[:17].upper()}")
    return policy
