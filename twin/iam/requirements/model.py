"""The permissions that a call needs, and how tables describe them. Pure.

A table maps an operation to templates of ARNs. `{Name}` is a parameter of the call, `{Name.Inner}`
a member of one, `{region}` and `{account}` are the call's. A list makes one ARN for each element;
a template with a missing parameter makes none; a call without any ARN is about `*`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from twin.iam.directory import IdentityDirectory

ANY = "*"
_PLACEHOLDER = re.compile(r"\{([\w.]+)\}")

Parameters = Mapping[str, Any]
Keys = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class CallScope:
    """What a call is made with, besides its parameters."""

    region: str
    account: str
    caller_arn: str
    directory: IdentityDirectory
    partition_key: Callable[[str, str], str | None] = lambda _table, _index: None
    """(table, index or empty) -> the partition key's name, where the tables are at hand."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One action on one resource that the caller must be allowed."""

    action: str
    resource: str = ANY
    keys: Keys = field(default_factory=dict)
    """Condition keys of this requirement; those of the whole call are added later."""
    is_trust: bool = False
    """Whether the resource is a role that has to trust the caller."""


RequirementReader = Callable[[str, Parameters, CallScope], Iterable[Requirement]]
"""(operation, parameters, scope) -> what the caller must be allowed."""


def expand_template(template: str, parameters: Parameters, scope: CallScope) -> list[str]:
    """All texts that a template stands for."""
    texts = [""]
    end = 0
    for match in _PLACEHOLDER.finditer(template):
        values = list(_values(match[1], parameters, scope))
        before = template[end : match.start()]
        texts = [f"{text}{before}{value}" for text in texts for value in values]
        end = match.end()
    return [text + template[end:] for text in texts]


def _values(name: str, parameters: Parameters, scope: CallScope) -> Iterator[str]:
    if name == "region":
        yield scope.region
    elif name == "account":
        yield scope.account
    else:
        yield from map(str, read_path(parameters, name.split(".")))


def read_path(value: Any, path: list[str]) -> Iterator[Any]:  # noqa: ANN401 - any parameter
    """The values at a path of members, through lists."""
    if isinstance(value, list | tuple):
        for one in value:
            yield from read_path(one, path)
    elif not path:
        if value not in (None, ""):
            yield value
    elif isinstance(value, Mapping) and path[0] in value:
        yield from read_path(value[path[0]], path[1:])


def expand_resources(
    templates: Iterable[str], parameters: Parameters, scope: CallScope
) -> list[str]:
    """The ARNs of several templates, each once; `*` for none."""
    found = [arn for t in templates for arn in expand_template(t, parameters, scope)]
    return list(dict.fromkeys(found)) or [ANY]


def require_all(
    action: str,
    templates: Iterable[str],
    parameters: Parameters,
    scope: CallScope,
    keys: Keys | None = None,
) -> list[Requirement]:
    """The action on each resource of the templates."""
    return [
        Requirement(action=action, resource=arn, keys=keys or {})
        for arn in expand_resources(templates, parameters, scope)
    ]


def read_tags(parameters: Parameters) -> dict[str, str]:
    """The tags that a call sets, in any of AWS's forms."""
    found: dict[str, str] = {}
    for name in ("Tags", "tags", "AddTags"):
        value = parameters.get(name)
        if isinstance(value, Mapping):
            found.update({str(key): str(text) for key, text in value.items()})
        elif isinstance(value, list):
            found.update(_tag_pairs(value))
    found.update(_tag_pairs(read_path(parameters, ["TagSpecifications", "Tags"])))
    return found


def _tag_pairs(tags: Iterable[Any]) -> Iterator[tuple[str, str]]:
    for tag in tags:
        if isinstance(tag, Mapping):
            yield str(tag.get("Key", "")), str(tag.get("Value", ""))


def tag_keys(parameters: Parameters) -> Keys:
    """aws:RequestTag and aws:TagKeys.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    tags = read_tags(parameters)
    names = list(tags)
    for member in ("TagKeys", "tagKeys", "RemoveTagKeys"):
        names += map(str, read_path(parameters, [member]))
    keys = {f"aws:requesttag/{name.lower()}": (value,) for name, value in tags.items()}
    return {**keys, "aws:tagkeys": tuple(names)} if names else keys


def pass_role(role_arn: str, service: str) -> Requirement:
    """https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_passrole.html"""
    return Requirement(
        action="iam:PassRole", resource=role_arn, keys={"iam:passedtoservice": (service,)}
    )


def service_linked_role(service: str, role: str, scope: CallScope) -> list[Requirement]:
    """The first use of some services creates a role, unless the account has it already.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
    """
    arn = f"arn:aws:iam::{scope.account}:role/aws-service-role/{service}/{role}"
    if scope.directory.find_role(arn) is not None:
        return []
    return [
        Requirement(
            action="iam:CreateServiceLinkedRole",
            resource=arn,
            keys={"iam:awsservicename": (service,)},
        )
    ]


def table_reader(
    prefix: str,
    table: Mapping[str, tuple[str, ...]],
    *,
    renamed: Mapping[str, str] | None = None,
    extras: Mapping[str, RequirementReader] | None = None,
    keys: Callable[[str, Parameters, CallScope], Keys] | None = None,
) -> RequirementReader:
    """A reader of a table: operation -> templates.

    `renamed`: operation -> action; `extras`: operation -> what else it needs; `keys`: condition
    keys of the service.
    """

    def read(operation: str, parameters: Parameters, scope: CallScope) -> Iterable[Requirement]:
        action = f"{prefix}:{(renamed or {}).get(operation, operation)}"
        found = keys(operation, parameters, scope) if keys else {}
        yield from require_all(action, table[operation], parameters, scope, found)
        extra = (extras or {}).get(operation)
        if extra is not None:
            yield from extra(operation, parameters, scope)

    return read


def operations_table(*rows: tuple[str, str]) -> dict[str, tuple[str, ...]]:
    """Rows of (templates, operations), each separated by spaces -> operation -> templates."""
    return {
        operation: tuple(templates.split())
        for templates, operations in rows
        for operation in operations.split()
    }
