"""Reads users, roles and policies from moto's IAM, and the tags of resources from its services.

Only reads: it never makes moto load a service or create an object.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from twin.iam.directory import IamAccessKey, IamRole, IamUser, IdentityDirectory
from twin.moto.loaded_backends import loaded_backends
from twin.moto.patches.iam.managed_policies import find_aws_policy_document

_PARTITION = "aws"


def read_identities(account: str) -> IdentityDirectory:
    """Everything that decisions on access need."""
    iam = _backend("moto.iam.models", "iam_backends", account, _PARTITION)
    functions = _function_policies(account)
    if iam is None:
        return IdentityDirectory(function_policies=functions)
    return IdentityDirectory(
        users=tuple(_user(iam, user) for user in iam.users.values()),
        roles=tuple(_role(iam, role) for role in iam.roles.values()),
        other_arns=(
            *(group.arn for group in iam.groups.values()),
            *(profile.arn for profile in iam.instance_profiles.values()),
        ),
        function_policies=functions,
    )


def find_managed_policy(account: str, arn: str) -> str | None:
    """The document in force of a managed policy, AWS's own included; None if there is none."""
    iam = _backend("moto.iam.models", "iam_backends", account, _PARTITION)
    return None if iam is None else _managed_document(iam, arn)


def _managed_document(iam: Any, arn: str) -> str | None:
    if arn in iam.managed_policies:
        return _document(iam.managed_policies[arn])
    return find_aws_policy_document(arn)


def _backend(module: str, name: str, account: str, region: str) -> Any | None:
    return loaded_backends(module, name, account).get(region)


def _user(iam: Any, user: Any) -> IamUser:
    groups = [group for group in iam.groups.values() if user in group.users]
    return IamUser(
        name=user.name,
        arn=user.arn,
        id=user.id,
        policies=tuple(text for holder in (user, *groups) for text in _policies(holder)),
        boundary=_boundary(iam, user),
        boundary_arn=_boundary_arn(user),
        tags=_tags(user),
        keys=tuple(
            IamAccessKey(
                id=key.access_key_id, secret=key.secret_access_key, is_active=key.status == "Active"
            )
            for key in user.access_keys
        ),
    )


def _role(iam: Any, role: Any) -> IamRole:
    return IamRole(
        name=role.name,
        arn=role.arn,
        id=role.id,
        trust=role.assume_role_policy_document or "",
        policies=tuple(_policies(role)),
        boundary=_boundary(iam, role),
        boundary_arn=_boundary_arn(role),
        tags=_tags(role),
        max_session_s=int(role.max_session_duration or 3600),
    )


def _policies(holder: Any) -> Iterator[str]:
    yield from map(_as_text, holder.policies.values())
    yield from map(_document, holder.managed_policies.values())


def _document(policy: Any) -> str:
    for version in policy.versions:
        if version.version_id == policy.default_version_id:
            return _as_text(version.document)
    return ""


def _as_text(document: Any) -> str:
    return document if isinstance(document, str) else json.dumps(document)


def _boundary(iam: Any, holder: Any) -> str | None:
    arn = _boundary_arn(holder)
    if not arn:
        return None
    # A boundary that is gone allows nothing.
    return _managed_document(iam, arn) or ""


def _boundary_arn(holder: Any) -> str:
    arn: str | None = getattr(holder, "permissions_boundary_arn", None)
    return arn or ""


def _tags(holder: Any) -> Mapping[str, str]:
    """moto keeps a list of tags, or for policies a dictionary of them."""
    tags = holder.tags or []
    pairs = tags.values() if isinstance(tags, dict) else tags
    return {tag["Key"]: tag["Value"] for tag in pairs}


def _function_policies(account: str) -> dict[str, str]:
    """The statements of all functions by the ARN that they are about."""
    statements: dict[str, list[Any]] = {}
    for backend in loaded_backends("moto.awslambda.models", "lambda_backends", account).values():
        for function in backend._lambdas.latest():
            for statement in function.policy.statements:
                statements.setdefault(statement["Resource"], []).append(statement)
    return {
        arn: json.dumps({"Version": "2012-10-17", "Statement": found})
        for arn, found in sorted(statements.items())
    }


# -- tags


def read_resource_tags(account: str, arn: str) -> Mapping[str, str]:
    """The tags of a resource; none of one that moto does not have."""
    parts = arn.split(":", 5)
    reader = _TAG_READERS.get(parts[2]) if len(parts) == 6 else None
    return {} if reader is None else reader(account, parts[3], arn)


def _ec2_tags(account: str, region: str, arn: str) -> Mapping[str, str]:
    backend = _backend("moto.ec2.models", "ec2_backends", account, region)
    return {} if backend is None else dict(backend.tags.get(arn.rpartition("/")[2], {}))


def _balancing_tags(account: str, region: str, arn: str) -> Mapping[str, str]:
    backend = _backend("moto.elbv2.models", "elbv2_backends", account, region)
    if backend is None:
        return {}
    found: dict[str, str] = backend.tagging_service.get_tag_dict_for_resource(arn)
    return found


def _function_tags(account: str, region: str, arn: str) -> Mapping[str, str]:
    backend = _backend("moto.awslambda.models", "lambda_backends", account, region)
    name = arn.split(":")[6]
    if backend is None:
        return {}
    tags = [f.tags for f in backend._lambdas.latest() if f.function_name == name]
    return dict(tags[0] or {}) if tags else {}


def _policy_tags(account: str, _: str, arn: str) -> Mapping[str, str]:
    iam = _backend("moto.iam.models", "iam_backends", account, _PARTITION)
    policy = None if iam is None else iam.managed_policies.get(arn)
    return {} if policy is None else _tags(policy)


def _tagger_reader(module: str, name: str) -> Callable[[str, str, str], Mapping[str, str]]:
    """A reader of a service whose backend has moto's TaggingService as `tagger`."""

    def read(account: str, region: str, arn: str) -> Mapping[str, str]:
        backend = _backend(module, name, account, region or _PARTITION)
        if backend is None:
            return {}
        # A log group's ARN in calls ends with the streams'.
        bare = arn.partition(":log-stream:")[0]
        found: dict[str, str] = backend.tagger.get_tag_dict_for_resource(bare)
        return found

    return read


_TAG_READERS: dict[str, Callable[[str, str, str], Mapping[str, str]]] = {
    "cloudwatch": _tagger_reader("moto.cloudwatch.models", "cloudwatch_backends"),
    "ec2": _ec2_tags,
    "elasticloadbalancing": _balancing_tags,
    "iam": _policy_tags,
    "lambda": _function_tags,
    "logs": _tagger_reader("moto.logs.models", "logs_backends"),
}
"""Service of an ARN -> reader of (account, Region, ARN)."""
