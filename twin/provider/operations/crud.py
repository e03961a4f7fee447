"""Create, read, update, delete: interprets a type's declaration against AWS.

Works on plain properties: the server takes off secrets and the wire's forms before. What a failed
creation or update leaves behind is reported as PartlyDone, with the id and what AWS has, so that
the next deployment goes on from there.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from twin.provider.errors import AwsCallFailed, PartialFailure, ProviderError
from twin.provider.operations.check import DEFAULTS
from twin.provider.operations.diff import find_differences, merge_tags, values_match
from twin.provider.schema.aspects import id_parameters
from twin.provider.schema.resource_type import (
    AwsOperation,
    DescribedResource,
    OperationContext,
    Property,
    ResourceChange,
    ResourceRef,
    ResourceType,
)
from twin.provider.schema.shapes import search_path, to_parameters, to_properties
from twin.provider.values import UNKNOWN, Properties, Value, has_unknown, is_empty

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResource:
    """A resource as AWS has it."""

    id: str
    state: Properties
    inputs: Properties


def preview_resource(
    kind: ResourceType, scope: OperationContext, new: Properties, old: Properties
) -> Properties:
    """What the properties will be; `old` are the recorded ones, empty for a new resource."""
    wanted = _wanted(kind, scope, new)
    changed = _changed(kind, old, wanted) if old else frozenset()
    values = {**old, **wanted}
    for prop in kind.every_property:
        if prop.name in wanted:
            continue
        late = not old and (prop.output or prop.computed)
        if late or changed & set(prop.changes_with):
            values[prop.name] = UNKNOWN
        elif not (prop.output or prop.computed):
            values.pop(prop.name, None)
    return values


def create_resource(
    kind: ResourceType, scope: OperationContext, new: Properties
) -> tuple[str, Properties]:
    """Make it; the id and the properties to record. Raises ProviderError, PartlyDone."""
    wanted = _wanted(kind, scope, new)
    made = _call(
        kind, scope, kind.create, ResourceRef(id="", properties=new), tags=wanted.get("tagsAll")
    )
    description = made or {}
    resource = _identity(kind, description, new)

    def finish() -> Properties:
        ref = ResourceRef(id=resource, properties=new)
        _settle(kind, scope, ref)
        if kind.after_create:
            kind.after_create(scope, ref)
        change = ResourceChange(
            id=resource, old={}, new=new, names=frozenset(wanted), creating=True
        )
        if _apply(kind, scope, change):
            _settle(kind, scope, ref)
        return _recorded(kind, scope, resource, {}, wanted)

    later = frozenset[str]().union(*(f.names for f in kind.facets if f.at_creation))
    certain = {name: value for name, value in wanted.items() if name not in later}
    return resource, _finished(kind, scope, resource, new, finish, certain)


def update_resource(
    kind: ResourceType,
    scope: OperationContext,
    ref: ResourceRef,
    new: Properties,
    inputs: Properties,
) -> Properties:
    """Make AWS have the new arguments; the properties to record.

    `ref` has the recorded properties, `inputs` are the arguments of last time. Raises
    ProviderError, PartlyDone.
    """
    wanted = _wanted(kind, scope, new)
    old = ref.properties
    removed = {name for name in inputs if name not in new and not is_empty(old.get(name))}
    names = frozenset(_changed(kind, old, wanted) | removed)
    change = ResourceChange(id=ref.id, old=old, new=new, names=names)

    def finish() -> Properties:
        _apply(kind, scope, change)
        if kind.tagging and "tagsAll" in names:
            _retag(kind, scope, change, wanted["tagsAll"])
        _settle(kind, scope, change.ref)
        return _recorded(kind, scope, ref.id, old, wanted)

    return _finished(kind, scope, ref.id, new, finish, None)


def read_resource(
    kind: ResourceType, scope: OperationContext, ref: ResourceRef, inputs: Properties
) -> LiveResource | None:
    """The resource as AWS has it now, None when it is gone.

    `inputs` are the arguments of last time; empty to import a resource, which then gets all that
    can be arguments.
    """
    state = _look(kind, scope, ref, sent=None)
    if state is None:
        return None
    for prop in kind.every_property:
        # Equal in meaning is told as recorded: no layout of JSON, no order of a set, is a drift.
        recorded = ref.properties.get(prop.name)
        if recorded is not None and values_match(prop, state.get(prop.name), recorded):
            state[prop.name] = _with_inner(prop, recorded, state.get(prop.name))
    return LiveResource(id=ref.id, state=state, inputs=_inputs(kind, scope, state, inputs))


def delete_resource(kind: ResourceType, scope: OperationContext, ref: ResourceRef) -> None:
    """Remove it; one that is gone already is a success. Raises ProviderError."""
    if kind.retained and kind.retained(ref.properties):
        return
    try:
        if kind.before_delete:
            kind.before_delete(scope, ref)
        _call(kind, scope, kind.delete, ref)
    except AwsCallFailed as exc:
        if exc.code in kind.missing:
            return
        raise
    if kind.gone:
        scope.patience.until(f"{ref.id} to be gone", lambda: _is_gone(kind, scope, ref))
    if kind.after_delete:
        kind.after_delete(scope, ref)


# -- steps


def _wanted(kind: ResourceType, scope: OperationContext, new: Properties) -> Properties:
    """The arguments with what the configuration adds: what will be recorded."""
    wanted = {name: value for name, value in new.items() if name != DEFAULTS}
    if not kind.global_region:
        wanted["region"] = scope.region
    if kind.tagging:
        wanted["tagsAll"] = merge_tags(new, dict(scope.default_tags))
    return wanted


def _changed(kind: ResourceType, old: Properties, wanted: Properties) -> frozenset[str]:
    return frozenset(str(one.path[0]) for one in find_differences(kind.every_property, old, wanted))


def _call(
    kind: ResourceType,
    scope: OperationContext,
    call: AwsOperation,
    ref: ResourceRef,
    tags: Mapping[str, str] | None = None,
) -> Properties | None:
    """Make a type's own call, with arguments if it creates; the description that it answers."""
    params: Properties = {}
    if call is kind.create:
        shape = scope.aws.input_shape(scope.service, call.operation)
        params |= to_parameters(shape, kind.properties, ref.properties)
    if tags and kind.tagging:
        params |= kind.tagging.at_creation(tags)
    params |= id_parameters(call.by, ref)
    if call.adds:
        params |= call.adds(scope, ref.properties)
    answer = scope.call(call.operation, params)
    if callable(call.result):
        described: Properties | None = call.result(ref, answer)
        return described
    found: Properties | None = search_path(call.result, answer)
    return found


def _identity(kind: ResourceType, description: Properties, new: Properties) -> str:
    if callable(kind.identity):
        return kind.identity(description, new)
    found = search_path(kind.identity, description)
    if not found:
        raise ProviderError(f"{kind.create.operation} answered without {kind.identity}")
    return str(found)


def _apply(kind: ResourceType, scope: OperationContext, change: ResourceChange) -> bool:
    """Let each facet that is concerned set its part; whether there was one."""
    concerned = [
        facet
        for facet in kind.facets
        if facet.names & change.names and (facet.at_creation or not change.creating)
    ]
    for facet in concerned:
        facet.apply(scope, change)
    return bool(concerned)


def _finished(
    kind: ResourceType,
    scope: OperationContext,
    resource: str,
    new: Properties,
    finish: Callable[[], Properties],
    certain: Properties | None,
) -> Properties:
    """What `finish` records; when it fails half-way: what there is, or else what is `certain`."""
    try:
        return finish()
    except ProviderError as exc:
        state = _what_there_is(kind, scope, ResourceRef(id=resource, properties={})) or certain
        if state is None:
            raise
        raise PartialFailure(id=resource, inputs=new, state=state, reasons=[str(exc)]) from exc


def _what_there_is(
    kind: ResourceType, scope: OperationContext, ref: ResourceRef
) -> Properties | None:
    try:
        return _look(kind, scope, ref, sent=None)
    except ProviderError as exc:
        log.warning("%s can't be read after a failure: %s", ref.id, exc)
        return None


def _settle(kind: ResourceType, scope: OperationContext, ref: ResourceRef) -> None:
    wait = kind.settled
    if wait is None:
        return

    def look() -> tuple[bool, str]:
        state = str(search_path(wait.state, _call(kind, scope, wait.call, ref)))
        if state in wait.failed:
            raise ProviderError(f"{ref.id} is {state}")
        return state in wait.wanted, state

    scope.patience.until(f"{ref.id} to be {' or '.join(sorted(wait.wanted))}", look)


def _retag(
    kind: ResourceType, scope: OperationContext, change: ResourceChange, tags: Mapping[str, str]
) -> None:
    old = change.old.get("tagsAll") or {}
    add = {key: value for key, value in tags.items() if old.get(key) != value}
    remove = sorted(old.keys() - tags.keys())
    if kind.tagging and (add or remove):
        kind.tagging.update(scope, change.ref, add, remove)


def _recorded(
    kind: ResourceType, scope: OperationContext, resource: str, old: Properties, wanted: Properties
) -> Properties:
    """What was sent, and what only AWS can tell."""
    told = {name: value for name, value in old.items() if _is_output(kind, name)}
    ref = ResourceRef(id=resource, properties={**told, **wanted})
    state = _look(kind, scope, ref, sent=frozenset(wanted))
    if state is None:
        raise ProviderError(f"{resource} is gone again, right after it was made")
    for prop in kind.every_property:
        if prop.name in wanted:
            state[prop.name] = _with_inner(prop, wanted[prop.name], state.get(prop.name))
    return state


def _is_output(kind: ResourceType, name: str) -> bool:
    prop = kind.named(name)
    return prop is not None and prop.output


def _with_inner(prop: Property, wanted: Value, told: Value) -> Value:
    """An argument as it was given, with what AWS adds to its objects (a replica's ARN)."""
    if not prop.fields or told is None:
        return wanted
    if isinstance(wanted, dict) and isinstance(told, dict):
        chosen = {f.name for f in prop.fields if f.computed} & told.keys()
        return {**{name: told[name] for name in chosen}, **wanted}
    if isinstance(wanted, list) and isinstance(told, list):
        one = Property(name=prop.name, fields=prop.fields)
        matches = ((want, _match(prop, want, told)) for want in wanted)
        return [_with_inner(one, want, match) for want, match in matches]
    return wanted


def _match(prop: Property, wanted: Value, told: list[Value]) -> Value:
    single = Property(name=prop.name, kind=prop.kind, fields=prop.fields)
    return next((value for value in told if values_match(single, [value], [wanted])), None)


def _look(
    kind: ResourceType, scope: OperationContext, ref: ResourceRef, *, sent: frozenset[str] | None
) -> Properties | None:
    """The properties by AWS's word; facets of which all was `sent` just now are not asked."""
    try:
        description = _call(kind, scope, kind.read, ref)
        if not description:
            return None
        return _told(kind, scope, ref, description, sent)
    except AwsCallFailed as exc:
        if exc.code in kind.missing:
            return None
        raise


def _told(
    kind: ResourceType,
    scope: OperationContext,
    ref: ResourceRef,
    description: Properties,
    sent: frozenset[str] | None,
) -> Properties:
    recorded = ref.properties
    values = {
        **{p.name: recorded[p.name] for p in kind.every_property if _stands(p, recorded)},
        **to_properties(
            [prop for prop in kind.properties if not (prop.local or prop.derive)], description
        ),
    }
    found = DescribedResource(
        scope=scope, id=ref.id, recorded=recorded, description=description, values=values
    )
    for facet in kind.facets:
        if sent is None or not facet.names <= sent:
            values |= facet.read(found)
    values |= _derived(kind, found)
    if not kind.global_region:
        values["region"] = scope.region
    if kind.tagging and sent is None:
        values |= _tags(kind, found)
    return values


def _stands(prop: Property, recorded: Properties) -> bool:
    """Whether the recorded value is all that there is, unless AWS says more."""
    return (prop.local or prop.kept) and prop.name in recorded


def _derived(kind: ResourceType, found: DescribedResource) -> Properties:
    for prop in kind.properties:
        if prop.derive and (value := prop.derive(found)) is not None:
            found.values[prop.name] = value
    return found.values


def _tags(kind: ResourceType, found: DescribedResource) -> Properties:
    """All tags, and those that are not the provider's own (or were given all the same)."""
    if kind.tagging is None:
        return {}
    every = kind.tagging.read(found)
    given = found.recorded.get("tags") or {}
    defaults = found.scope.default_tags
    own = {k: v for k, v in every.items() if k in given or defaults.get(k) != v}
    return {"tagsAll": every, "tags": own}


def _is_gone(kind: ResourceType, scope: OperationContext, ref: ResourceRef) -> tuple[bool, str]:
    try:
        return not _call(kind, scope, kind.read, ref), "there"
    except AwsCallFailed as exc:
        if exc.code in kind.missing:
            return True, "gone"
        raise


def _inputs(
    kind: ResourceType, scope: OperationContext, state: Properties, inputs: Properties
) -> Properties:
    """The arguments that lead to this state."""
    if not inputs:
        return _imported(kind, scope, state)
    found: Properties = {}
    for name, value in inputs.items():
        prop = kind.named(name)
        if prop is None or has_unknown(value) or values_match(prop, state.get(name), value):
            found[name] = value
        elif not is_empty(state.get(name)):
            found[name] = _arguments(prop, state[name])
    return found


def _imported(kind: ResourceType, scope: OperationContext, state: Properties) -> Properties:
    values = {
        prop.name: _arguments(prop, state[prop.name])
        for prop in kind.every_property
        if not prop.output and not is_empty(state.get(prop.name))
    }
    if values.get("region") == scope.region:
        values.pop("region", None)
    return {**values, DEFAULTS: []}


def _arguments(prop: Property, value: Value) -> Value:
    """A value without what is only AWS's answer, at any depth."""
    if isinstance(value, list):
        return [_arguments(prop, inner) for inner in value]
    if isinstance(value, dict) and prop.fields:
        fields = {f.name: f for f in prop.fields if not f.output}
        return {name: _arguments(fields[name], v) for name, v in value.items() if name in fields}
    return value
