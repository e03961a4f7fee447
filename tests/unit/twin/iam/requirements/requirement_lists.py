"""What a call needs, as pairs of an action and a resource."""

from collections.abc import Mapping
from typing import Any

from twin.iam.directory import IdentityDirectory
from twin.iam.requirements.lookup import find_requirements
from twin.iam.requirements.model import CallScope, Requirement

ACCOUNT = "123456789012"
REGION = "eu-central-1"
CALLER = f"arn:aws:iam::{ACCOUNT}:user/alice"


def make_scope(directory: IdentityDirectory | None = None) -> CallScope:
    return CallScope(
        region=REGION,
        account=ACCOUNT,
        caller_arn=CALLER,
        directory=directory or IdentityDirectory(),
        partition_key=lambda table, index: {"": "id", "by-owner": "owner"}.get(index),
    )


def find(
    service: str,
    operation: str,
    directory: IdentityDirectory | None = None,
    /,
    **parameters: Any,  # noqa: ANN401 - of any operation
) -> list[Requirement]:
    found = find_requirements(service, operation, parameters, make_scope(directory))
    assert found is not None
    return list(found)


def needs(
    service: str,
    operation: str,
    directory: IdentityDirectory | None = None,
    /,
    **parameters: Any,  # noqa: ANN401 - of any operation
) -> list[tuple[str, str]]:
    found = find(service, operation, directory, **parameters)
    return [(requirement.action, requirement.resource) for requirement in found]


def keys_of(
    service: str,
    operation: str,
    /,
    **parameters: Any,  # noqa: ANN401 - of any operation
) -> Mapping[str, tuple[str, ...]]:
    """The condition keys of the first requirement."""
    return find(service, operation, **parameters)[0].keys
