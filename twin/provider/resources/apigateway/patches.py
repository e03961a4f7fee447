"""Updates by patch operations, and the names of parts of a REST API.

https://docs.aws.amazon.com/apigateway/latest/api/patch-operations.html
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from twin.provider.errors import ProviderError
from twin.provider.schema.calls import id_parameters
from twin.provider.schema.resource_type import (
    DescribedResource,
    IdParameter,
    OperationContext,
    Property,
    ResourceChange,
    ResourceRef,
    WriteOnlyAspect,
    output,
    string,
)
from twin.provider.values import Properties, Value

SERVICE = "apigateway"
MISSING = frozenset({"NotFoundException"})


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchAspect(WriteOnlyAspect):
    """Arguments that one operation changes, each by its path."""

    operation: str
    id_param: IdParameter
    values: Mapping[str, str] = field(default_factory=dict)
    """Argument -> path of its value; a missing one is sent as an empty text."""
    maps: Mapping[str, str] = field(default_factory=dict)
    """Argument, an object -> path above its entries."""
    lists: Mapping[str, str] = field(default_factory=dict)
    """Argument, a list of texts -> path above them."""
    more: Callable[[ResourceChange], list[Properties]] | None = None
    """Further operations."""
    more_names: frozenset[str] = frozenset()
    """Arguments that `more` looks at."""
    at_creation: bool = False

    @property
    def names(self) -> frozenset[str]:
        """The arguments that it sets."""
        return frozenset((*self.values, *self.maps, *self.lists, *self.more_names))

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Send one call with an operation for each difference."""
        operations = [
            *self._value_operations(change),
            *self._entry_operations(change),
            *(self.more(change) if self.more else []),
        ]
        if operations:
            params = {**id_parameters(self.id_param, change.ref), "patchOperations": operations}
            context.call(self.operation, params)

    def _value_operations(self, change: ResourceChange) -> Iterator[Properties]:
        for name, path in self.values.items():
            if name in change.names:
                yield replacement(path, change.new.get(name))

    def _entry_operations(self, change: ResourceChange) -> Iterator[Properties]:
        for name, path in self.maps.items():
            if name in change.names:
                yield from map_operations(
                    path, change.old.get(name) or {}, change.new.get(name) or {}
                )
        for name, path in self.lists.items():
            if name in change.names:
                old, new = change.old.get(name) or [], change.new.get(name) or []
                for one in sorted(set(old) - set(new)):
                    yield {"op": "remove", "path": f"{path}/{escape(one)}"}
                for one in sorted(set(new) - set(old)):
                    yield {"op": "add", "path": f"{path}/{escape(one)}"}


def replacement(path: str, value: Value) -> Properties:
    return {"op": "replace", "path": path, "value": to_text(value)}


def map_operations(
    path: str, old: Mapping[str, Value], new: Mapping[str, Value]
) -> Iterator[Properties]:
    """Remove, add and replace entries below a path."""
    for key in sorted(old.keys() - new.keys()):
        yield {"op": "remove", "path": f"{path}/{escape(key)}"}
    for key, value in sorted(new.items()):
        if key not in old or old[key] != value:
            op = "replace" if key in old else "add"
            yield {"op": op, "path": f"{path}/{escape(key)}", "value": to_text(value)}


def to_text(value: Value) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def escape(name: str) -> str:
    """A name as a part of a path."""
    return name.replace("~", "~0").replace("/", "~1")


# -- names


def names_of(ref: ResourceRef, parents: Mapping[str, str]) -> Properties:
    """The parameters of a part by its arguments, or, in an import, by an id with slashes.

    `parents`: argument -> parameter, in the order of an id of Terraform's provider.
    """
    parts = ref.id.split("/", len(parents) - 1)
    given = [ref.properties.get(name) for name in parents]
    found = given if all(given) or len(parts) < len(parents) else parts
    return dict(zip(parents.values(), found, strict=True))


def find_part(
    parents: Mapping[str, str], make_id: Callable[[Properties], str]
) -> Callable[[OperationContext, ResourceRef], ResourceRef]:
    """Finds an imported part by an id with slashes; `make_id` makes its own id of its arguments."""

    def find(_: OperationContext, ref: ResourceRef) -> ResourceRef:
        found = names_of(ref, parents)
        if not all(found.values()):
            raise ProviderError(f"'{ref.id}' can't be imported: expected {'/'.join(parents)}")
        named = {name: found[parameter] for name, parameter in parents.items()}
        return ResourceRef(id=make_id(named), properties={**named, **ref.properties})

    return find


def find_child(parent: str, own: str) -> Callable[[OperationContext, ResourceRef], ResourceRef]:
    """Finds an imported part by PARENT/PART."""

    def find(_: OperationContext, ref: ResourceRef) -> ResourceRef:
        before, slash, part = ref.id.rpartition("/")
        if not slash and parent in ref.properties:
            return ref
        if not (before and part):
            raise ProviderError(f"'{ref.id}' can't be imported: expected {parent}/{own}")
        return ResourceRef(id=part, properties={**ref.properties, parent: before})

    return find


def part_of(parents: Mapping[str, str]) -> Callable[[ResourceRef], Properties]:
    return lambda ref: names_of(ref, parents)


def child_of(parent: str, parameter: str, name: str) -> Callable[[ResourceRef], Properties]:
    """The parameters of a part with an id of its own; `name` is the part's own parameter."""
    return lambda ref: {parameter: ref.properties[parent], name: ref.id}


def parent_id(name: str, aws: str = "") -> Property:
    """The argument with the parent's id, which no description has."""
    return string(
        name,
        aws=aws,
        required=True,
        replaces=True,
        derive=lambda found: found.recorded[name],
    )


def parent(name: str, parents: Mapping[str, str], **options: Value) -> Property:
    """An argument that names the resource, and that no description has."""

    def derive(found: DescribedResource) -> Value:
        ref = ResourceRef(id=found.id, properties=found.recorded)
        return names_of(ref, parents)[parents[name]]

    return string(name, aws=parents[name], required=True, replaces=True, derive=derive, **options)


def execution_arn(path: Callable[[DescribedResource], str]) -> Property:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html"""

    def derive(found: DescribedResource) -> str:
        account = found.context.call("GetCallerIdentity", {}, service="sts")["Account"]
        return f"arn:aws:execute-api:{found.context.region}:{account}:{path(found)}"

    return output("executionArn", derive=derive)


def resource_arn(path: Callable[[DescribedResource], str]) -> Property:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/arn-format-reference.html"""
    return output(
        "arn", derive=lambda found: f"arn:aws:apigateway:{found.context.region}::{path(found)}"
    )
