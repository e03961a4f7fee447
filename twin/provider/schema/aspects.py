"""Aspects that several types share: a modifying call, a setting with put and delete, attributes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from twin.provider.schema import shapes
from twin.provider.schema.calls import id_parameters, wait_for_state
from twin.provider.schema.resource_type import (
    AwaitedState,
    DescribedResource,
    IdParameter,
    OperationContext,
    Property,
    ResourceChange,
    WriteOnlyAspect,
)
from twin.provider.values import Properties, Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ModifyAspect(WriteOnlyAspect):
    """One operation that sets some arguments; each change sends all of them that are given."""

    operation: str
    id_param: IdParameter
    properties: tuple[Property, ...]
    at_creation: bool = False
    extra_params: Callable[[OperationContext, Properties], Properties] | None = None
    """Parameters beyond the declared arguments; they take precedence."""
    replaces_all: bool = False
    """Whether the operation resets each of its arguments that is not given."""
    only_changed: bool = False
    """Whether an update sends the changed arguments alone."""
    ready: AwaitedState | None = None
    """State to wait for after the call."""

    @property
    def names(self) -> frozenset[str]:
        """The properties that it sets."""
        return frozenset(prop.name for prop in self.properties)

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Send the arguments; a removed one is sent as its `reset` value, if it has one."""
        if change.creating and not self._differs_from_defaults(change.new):
            return
        shape = context.aws.input_shape(context.service, self.operation)
        changed = [p for p in self.properties if self.replaces_all or p.name in change.names]
        params = {
            **shapes.reset_parameters(shape, changed, change.new),
            **shapes.to_parameters(
                shape, changed if self.only_changed else self.properties, change.new
            ),
            **(self.extra_params(context, change.new) if self.extra_params else {}),
            **id_parameters(self.id_param, change.ref),
        }
        context.call(self.operation, params)
        if self.ready:
            wait_for_state(context, self.ready, change.ref)

    def _differs_from_defaults(self, new: Properties) -> bool:
        """Whether a new resource, which has the defaults, needs the call."""
        return any(new.get(prop.name) not in (None, prop.default) for prop in self.properties)


@dataclass(frozen=True, slots=True, kw_only=True)
class PutOrDeleteAspect:
    """A setting that one operation sets and another one removes."""

    setting: Property
    put: str
    delete: str
    id_param: IdParameter
    at_creation: bool = False
    is_set: Callable[[Value], bool] = bool
    """Whether the argument's value means that the setting exists."""
    reader: Callable[[DescribedResource], Properties] | None = None

    @property
    def names(self) -> frozenset[str]:
        """The property that it sets."""
        return frozenset({self.setting.name})

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Set it, or remove it; a new resource has nothing to remove."""
        params = id_parameters(self.id_param, change.ref)
        if self.is_set(change.new.get(self.setting.name)):
            shape = context.aws.input_shape(context.service, self.put)
            context.call(
                self.put, {**params, **shapes.to_parameters(shape, (self.setting,), change.new)}
            )
        elif not change.creating:
            context.call(self.delete, params)

    def read(self, found: DescribedResource) -> Properties:
        """Its value, by `reader`."""
        return self.reader(found) if self.reader else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class ElbAttributesAspect:
    """Elastic Load Balancing's attributes: a list of keys and values beside the description.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_LoadBalancerAttribute.html
    """

    modify: str
    describe: str
    id_param: str
    properties: tuple[Property, ...]
    keys: Mapping[str, str]
    """Property (`object.field` for one inside an object) -> AWS's key."""
    applicable: Callable[[Properties], frozenset[str]]
    """From a resource's arguments to the properties that such a resource has."""
    at_creation: bool = True

    @property
    def names(self) -> frozenset[str]:
        """The properties that it sets."""
        return frozenset(prop.name for prop in self.properties)

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Send the changed ones; a new resource already has the defaults."""
        attributes = []
        for path, prop in self._paths(change.new):
            value = _get_path(change.new, path)
            is_default = change.creating and value == prop.default
            if value is not None and not is_default and path.partition(".")[0] in change.names:
                attributes.append({"Key": self.keys[path], "Value": _to_text(value)})
        if attributes:
            context.call(self.modify, {self.id_param: change.id, "Attributes": attributes})

    def read(self, found: DescribedResource) -> Properties:
        """All attributes that AWS returns."""
        response = found.context.call(self.describe, {self.id_param: found.id})
        texts = {pair["Key"]: pair.get("Value") for pair in response.get("Attributes", [])}
        values: Properties = {}
        for path, prop in self._paths({**found.recorded, **found.values}):
            text = texts.get(self.keys[path])
            if text not in (None, ""):
                _set_path(values, path, shapes.from_aws(prop, text))
        return values

    def _paths(self, values: Properties) -> Iterator[tuple[str, Property]]:
        applicable = self.applicable(values)
        for prop in self.properties:
            inner = {f"{prop.name}.{field.name}": field for field in prop.fields}
            for path, leaf in (inner or {prop.name: prop}).items():
                if prop.name in applicable and path in self.keys:
                    yield path, leaf


def _to_text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _get_path(values: Properties, path: str) -> Value:
    name, _, inner = path.partition(".")
    value = values.get(name)
    if not inner:
        return value
    return value.get(inner) if isinstance(value, dict) else None


def _set_path(values: Properties, path: str, value: Value) -> None:
    name, _, inner = path.partition(".")
    if inner:
        values.setdefault(name, {})[inner] = value
    else:
        values[name] = value
