"""Facets that many types share: a modifying call, and attributes kept as keys and values."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from twin.provider.schema import shapes
from twin.provider.schema.resource_type import (
    DescribedResource,
    IdParameter,
    OperationContext,
    Property,
    ResourceChange,
    ResourceRef,
)
from twin.provider.values import Properties, Value


def id_parameters(by: IdParameter, ref: ResourceRef) -> Properties:
    """The parameters that say which resource is meant."""
    if callable(by):
        return by(ref)
    if not by:
        return {}
    return {by[:-2]: [ref.id]} if by.endswith("[]") else {by: ref.id}


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifyAspect:
    """One call that sets some arguments: all it knows of them at each change, as AWS wants it."""

    operation: str
    by: IdParameter
    sets: tuple[Property, ...]
    at_creation: bool = False
    """Whether the creating call leaves these to this one."""
    adds: Callable[[OperationContext, Properties], Properties] | None = None
    """Parameters beyond the declared arguments; they win."""
    overwrites: bool = False
    """Whether the call stands for all of its arguments: each that is not given is reset."""
    after: Callable[[OperationContext, ResourceRef], None] | None = None
    """What has to be waited for."""

    @property
    def names(self) -> frozenset[str]:
        """The properties that it sets."""
        return frozenset(prop.name for prop in self.sets)

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """Send them; an argument that was taken away is reset where AWS has a way to."""
        if change.creating and not self.names & change.new.keys():
            return
        shape = scope.aws.input_shape(scope.service, self.operation)
        taken = [prop for prop in self.sets if self.overwrites or prop.name in change.names]
        params = {
            **shapes.reset_parameters(shape, taken, change.new),
            **shapes.to_parameters(shape, self.sets, change.new),
            **(self.adds(scope, change.new) if self.adds else {}),
            **id_parameters(self.by, change.ref),
        }
        scope.call(self.operation, params)
        if self.after:
            self.after(scope, change.ref)

    def read(self, found: DescribedResource) -> Properties:
        """Nothing more."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ElbAttributesAspect:
    """Elastic Load Balancing's attributes: a list of keys and values beside the description.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
    """

    modify: str
    describe: str
    by: str
    sets: tuple[Property, ...]
    keys: Mapping[str, str]
    """Property (a dot leads into an object) -> AWS's key."""
    applies: Callable[[Properties], frozenset[str]]
    """Which of the properties such a resource has at all, by its arguments."""
    at_creation: bool = True

    @property
    def names(self) -> frozenset[str]:
        """The properties that it sets."""
        return frozenset(prop.name for prop in self.sets)

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """Send those that changed; a new resource has the defaults by itself."""
        attributes = []
        for path, prop in self._paths(change.new):
            value = _inside(change.new, path)
            known = change.creating and value == prop.default
            if value is not None and not known and path.partition(".")[0] in change.names:
                attributes.append({"Key": self.keys[path], "Value": _written(value)})
        if attributes:
            scope.call(self.modify, {self.by: change.id, "Attributes": attributes})

    def read(self, found: DescribedResource) -> Properties:
        """All that AWS has."""
        answer = found.scope.call(self.describe, {self.by: found.id})
        told = {pair["Key"]: pair.get("Value") for pair in answer.get("Attributes", [])}
        values: Properties = {}
        for path, prop in self._paths({**found.recorded, **found.values}):
            text = told.get(self.keys[path])
            if text not in (None, ""):
                _put(values, path, shapes.from_aws(prop, text))
        return values

    def _paths(self, values: Properties) -> Iterator[tuple[str, Property]]:
        top = self.applies(values)
        for prop in self.sets:
            inner = {f"{prop.name}.{field.name}": field for field in prop.fields}
            for path, found in (inner or {prop.name: prop}).items():
                if prop.name in top and path in self.keys:
                    yield path, found


def _written(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _inside(values: Properties, path: str) -> Value:
    name, _, inner = path.partition(".")
    value = values.get(name)
    if not inner:
        return value
    return value.get(inner) if isinstance(value, dict) else None


def _put(values: Properties, path: str, value: Value) -> None:
    name, _, inner = path.partition(".")
    if inner:
        values.setdefault(name, {})[inner] = value
    else:
        values[name] = value
