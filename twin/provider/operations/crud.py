"""Create, read, update, delete: carries out a type's declaration with AWS calls.

Works on plain properties, without secrets and other wire values. When a creation or update fails
after the resource exists, PartialFailure reports its id and its state in AWS, so that the next
deployment continues from there.
"""

import itertools
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from twin.provider.errors import AwsCallFailed, PartialFailure, ProviderError
from twin.provider.operations.check import DEFAULTS
from twin.provider.operations.diff import find_differences, merge_tags, values_match
from twin.provider.schema import shapes
from twin.provider.schema.calls import call_operation, wait_for_state
from twin.provider.schema.resource_type import (
    BLOCK_KINDS,
    DescribedResource,
    OperationContext,
    Property,
    ResourceChange,
    ResourceRef,
    ResourceType,
)
from twin.provider.values import UNKNOWN, Properties, Value, has_unknown, is_empty

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveResource:
    """A resource as AWS has it."""

    id: str
    state: Properties
    inputs: Properties


@dataclass(frozen=True, slots=True)
class ResourceOperations:
    """The operations on one resource of a type."""

    resource_type: ResourceType
    context: OperationContext

    def preview(self, new: Properties, old: Properties) -> Properties:
        """Predict the properties; `old` are the recorded ones, empty for a new resource."""
        wanted = self._wanted_properties(new)
        changed = self._changed_names(old, wanted) if old else frozenset()
        values = {**old, **wanted}
        for prop in self.resource_type.every_property:
            if prop.name in wanted:
                values[prop.name] = _with_nested_outputs(
                    prop, wanted[prop.name], old.get(prop.name)
                )
                continue
            chosen_by_aws = not old and (prop.output or prop.computed)
            if chosen_by_aws or changed & set(prop.changes_with):
                values[prop.name] = UNKNOWN
            elif not (prop.output or prop.computed):
                values.pop(prop.name, None)
        return values

    def create(self, new: Properties) -> tuple[str, Properties]:
        """Create it; return its id and properties. Raises ProviderError, PartialFailure."""
        wanted = self._wanted_properties(new)
        description = self._call_create(new, wanted.get("tagsAll")) or {}
        resource = self._resource_id(description, new)

        def finish() -> Properties:
            ref = ResourceRef(id=resource, properties=new)
            self._settle(description)
            self._wait_until_ready(ref)
            if self.resource_type.after_create:
                self.resource_type.after_create(self.context, ref)
            change = ResourceChange(
                id=resource, old={}, new=new, names=frozenset(wanted), creating=True
            )
            if self._apply_aspects(change):
                self._wait_until_ready(ref)
            return self._read_back(resource, {}, wanted)

        set_later = frozenset[str]().union(
            *(a.names for a in self.resource_type.aspects if a.at_creation)
        )
        certain = {name: value for name, value in wanted.items() if name not in set_later}
        return resource, self._finish(resource, new, finish, certain, certain)

    def update(self, ref: ResourceRef, new: Properties, inputs: Properties) -> Properties:
        """Update AWS to the new arguments; return the properties.

        `ref` has the recorded properties, `inputs` are the previous arguments.
        Raises ProviderError, PartialFailure.
        """
        wanted = self._wanted_properties(new)
        old = ref.properties
        removed = {name for name in inputs if name not in new and not is_empty(old.get(name))}
        names = frozenset(self._changed_names(old, wanted) | removed)
        change = ResourceChange(id=ref.id, old=old, new=new, names=names)

        def finish() -> Properties:
            self._apply_aspects(change)
            if self.resource_type.tagging and "tagsAll" in names:
                self._update_tags(change, wanted["tagsAll"])
            self._wait_until_ready(change.ref)
            return self._read_back(ref.id, old, wanted)

        return self._finish(ref.id, new, finish, old, None)

    def read(self, ref: ResourceRef, inputs: Properties) -> LiveResource | None:
        """Read the resource from AWS; None when it does not exist.

        `inputs` are the previous arguments; empty during an import, which takes all properties that
        can be arguments.
        """
        if not inputs and self.resource_type.find_imported:
            try:
                ref = self.resource_type.find_imported(self.context, ref)
            except AwsCallFailed as exc:
                if exc.code in self.resource_type.not_found_codes:
                    return None
                raise
        state = self._read_state(ref, sent=None)
        if state is None:
            return None
        for prop in self.resource_type.every_property:
            # An equivalent value stays as recorded: JSON layout and the order of sets are no drift.
            recorded = ref.properties.get(prop.name)
            if recorded is not None and values_match(prop, state.get(prop.name), recorded):
                state[prop.name] = _with_computed_fields(prop, recorded, state.get(prop.name))
        inputs = self._update_inputs(state, inputs)
        return LiveResource(id=ref.id, state=state, inputs=inputs)

    def delete(self, ref: ResourceRef) -> None:
        """Delete it; success if it does not exist. Raises ProviderError."""
        if self.resource_type.skip_deletion and self.resource_type.skip_deletion(ref.properties):
            return
        try:
            if self.resource_type.before_delete:
                self.resource_type.before_delete(self.context, ref)
            self._settle(call_operation(self.context, self.resource_type.delete, ref) or {})
        except AwsCallFailed as exc:
            if exc.code in self.resource_type.not_found_codes:
                return
            raise
        if self.resource_type.wait_until_gone:
            self.context.waiter.wait(f"{ref.id} to be gone", lambda: self._is_gone(ref))
        if self.resource_type.after_delete:
            self.resource_type.after_delete(self.context, ref)

    # -- steps of an operation

    def _settle(self, description: Properties) -> None:
        if self.resource_type.settle:
            self.resource_type.settle(self.context, description)

    def _wanted_properties(self, new: Properties) -> Properties:
        """The arguments, and what the provider's configuration adds to them."""
        wanted = {name: value for name, value in new.items() if name != DEFAULTS}
        if not self.resource_type.global_region:
            wanted["region"] = self.context.region
        if self.resource_type.tagging:
            wanted["tagsAll"] = merge_tags(new, dict(self.context.default_tags))
        return wanted

    def _changed_names(self, old: Properties, wanted: Properties) -> frozenset[str]:
        differences = find_differences(self.resource_type.every_property, old, wanted)
        return frozenset(str(difference.path[0]) for difference in differences)

    def _call_create(self, new: Properties, tags: Mapping[str, str] | None) -> Properties | None:
        shape = self.context.aws.input_shape(
            self.context.service, self.resource_type.create.name_for(new)
        )
        arguments = shapes.to_parameters(shape, self.resource_type.properties, new)
        if tags and self.resource_type.tagging:
            arguments |= self.resource_type.tagging.at_creation(tags)
        ref = ResourceRef(id="", properties=new)
        made: list[Properties | None] = []

        def try_it() -> tuple[bool, str]:
            try:
                made.append(call_operation(self.context, self.resource_type.create, ref, arguments))
            except AwsCallFailed as exc:
                repeats = self.resource_type.repeats_creation
                if not (repeats and repeats(new, exc.code)):
                    raise
                return False, f"refused ({exc})"
            return True, "accepted"

        self.context.waiter.wait(f"{self.resource_type.name} to be accepted", try_it)
        return made[0]

    def _resource_id(self, description: Properties, new: Properties) -> str:
        if callable(self.resource_type.resource_id):
            return self.resource_type.resource_id(description, new)
        found = shapes.search_path(self.resource_type.resource_id, description)
        if not found:
            operation = self.resource_type.create.operation
            raise ProviderError(f"{operation} answered without {self.resource_type.resource_id}")
        return str(found)

    def _apply_aspects(self, change: ResourceChange) -> bool:
        """Apply the aspects with changed properties; return whether there was one."""
        changed = [
            aspect
            for aspect in self.resource_type.aspects
            if aspect.names & change.names and (aspect.at_creation or not change.creating)
        ]
        for aspect in changed:
            aspect.apply(self.context, change)
        return bool(changed)

    def _finish(
        self,
        resource: str,
        new: Properties,
        finish: Callable[[], Properties],
        recorded: Properties,
        certain: Properties | None,
    ) -> Properties:
        """Run `finish`; if it fails, raise PartialFailure with the state in AWS, else `certain`.

        What no answer of AWS has, such as a record's zone, stays as it was `recorded`: without it
        the next update would replace the resource.
        """
        try:
            return finish()
        except ProviderError as exc:
            ref = ResourceRef(id=resource, properties=recorded)
            state = self._try_read_state(ref) or certain
            if state is None:
                raise
            raise PartialFailure(id=resource, inputs=new, state=state, reasons=[str(exc)]) from exc

    def _try_read_state(self, ref: ResourceRef) -> Properties | None:
        try:
            return self._read_state(ref, sent=None)
        except ProviderError as exc:
            log.warning("%s can't be read after a failure: %s", ref.id, exc)
            return None

    def _wait_until_ready(self, ref: ResourceRef) -> None:
        if self.resource_type.ready:
            wait_for_state(self.context, self.resource_type.ready, ref)

    def _update_tags(self, change: ResourceChange, tags: Mapping[str, str]) -> None:
        old = change.old.get("tagsAll") or {}
        add = {key: value for key, value in tags.items() if old.get(key) != value}
        remove = sorted(old.keys() - tags.keys())
        if self.resource_type.tagging and (add or remove):
            self.resource_type.tagging.update(self.context, change.ref, add, remove)

    def _is_gone(self, ref: ResourceRef) -> tuple[bool, str]:
        try:
            return not call_operation(self.context, self.resource_type.read, ref), "there"
        except AwsCallFailed as exc:
            if exc.code in self.resource_type.not_found_codes:
                return True, "gone"
            raise

    # -- state: the properties in AWS

    def _read_back(self, resource: str, old: Properties, wanted: Properties) -> Properties:
        """The properties to record: the arguments as sent, the others from AWS.

        The real provider records what it reads; for most properties that is what was sent.
        """
        outputs = {name: value for name, value in old.items() if self._is_output(name)}
        ref = ResourceRef(id=resource, properties={**outputs, **wanted})
        state = self._read_state(ref, sent=frozenset(wanted))
        if state is None:
            raise ProviderError(f"{resource} is gone again, right after it was made")
        for prop in self.resource_type.every_property:
            if prop.name in wanted and not (prop.record_live and state.get(prop.name) is not None):
                value = _with_computed_fields(prop, wanted[prop.name], state.get(prop.name))
                state[prop.name] = value
        return state

    def _is_output(self, name: str) -> bool:
        prop = self.resource_type.find_property(name)
        return prop is not None and prop.output

    def _read_state(
        self,
        ref: ResourceRef,
        *,
        sent: frozenset[str] | None,
    ) -> Properties | None:
        """Read the properties from AWS; None when the resource does not exist.

        Aspects whose properties were all `sent` just now are not read.
        """
        try:
            description = call_operation(self.context, self.resource_type.read, ref)
            if not description:
                return None
            return self._parse_state(ref, description, sent)
        except AwsCallFailed as exc:
            if exc.code in self.resource_type.not_found_codes:
                return None
            raise

    def _parse_state(
        self,
        ref: ResourceRef,
        description: Properties,
        sent: frozenset[str] | None,
    ) -> Properties:
        recorded = ref.properties
        kept = [p.name for p in self.resource_type.every_property if p.local or p.keep_recorded]
        described = [p for p in self.resource_type.properties if not (p.local or p.derive)]
        values = {
            **{name: recorded[name] for name in kept if name in recorded},
            **shapes.to_properties(described, description),
        }
        found = DescribedResource(
            context=self.context,
            id=ref.id,
            recorded=recorded,
            description=description,
            values=values,
        )
        for aspect in self.resource_type.aspects:
            if sent is None or not aspect.names <= sent:
                values |= aspect.read(found)
        for prop in self.resource_type.properties:
            if prop.derive and (value := prop.derive(found)) is not None:
                values[prop.name] = value
        if not self.resource_type.global_region:
            values["region"] = self.context.region
        if self.resource_type.tagging and sent is None:
            values |= self._read_tags(found)
        return values

    def _read_tags(self, found: DescribedResource) -> Properties:
        """All tags, and the resource's own: without the default tags that it does not repeat."""
        if self.resource_type.tagging is None:
            return {}
        every_tag = self.resource_type.tagging.read(found)
        given = found.recorded.get("tags") or {}
        defaults = found.context.default_tags
        own = {k: v for k, v in every_tag.items() if k in given or defaults.get(k) != v}
        return {"tagsAll": every_tag, "tags": own}

    # -- inputs: the arguments that lead to a state

    def _update_inputs(self, state: Properties, inputs: Properties) -> Properties:
        """The arguments that lead to this state."""
        if not inputs:
            return self._imported_inputs(state)
        updated: Properties = {}
        for name, value in inputs.items():
            prop = self.resource_type.find_property(name)
            if prop is None or has_unknown(value) or values_match(prop, state.get(name), value):
                updated[name] = value
            elif not is_empty(state.get(name)):
                updated[name] = _without_outputs(prop, state[name])
        return updated

    def _imported_inputs(self, state: Properties) -> Properties:
        values = {
            prop.name: _without_outputs(prop, state[prop.name])
            for prop in self.resource_type.every_property
            if not prop.output and not is_empty(state.get(prop.name))
        }
        if values.get("region") == self.context.home_region:
            values.pop("region", None)
        return {**values, DEFAULTS: []}


def _with_computed_fields(prop: Property, wanted: Value, live: Value) -> Value:
    """The argument, and the fields that AWS computes in its objects (a replica's ARN)."""
    if not prop.fields or live is None:
        return wanted
    if isinstance(wanted, dict) and isinstance(live, dict):
        computed = {f.name for f in prop.fields if f.computed} & live.keys()
        return {**{name: live[name] for name in computed}, **wanted}
    if isinstance(wanted, list) and isinstance(live, list):
        element = Property(name=prop.name, fields=prop.fields)
        matches = ((value, _find_match(prop, value, live)) for value in wanted)
        return [_with_computed_fields(element, value, match) for value, match in matches]
    return wanted


def _find_match(prop: Property, wanted: Value, live: list[Value]) -> Value:
    single = Property(name=prop.name, kind=prop.kind, fields=prop.fields)
    return next((value for value in live if values_match(single, [value], [wanted])), None)


def _without_outputs(prop: Property, value: Value) -> Value:
    """A value without the output fields in its objects."""
    if isinstance(value, list):
        return [_without_outputs(prop, inner) for inner in value]
    if isinstance(value, dict) and prop.fields:
        fields = {f.name: f for f in prop.fields if not f.output}
        return {
            name: _without_outputs(fields[name], v) for name, v in value.items() if name in fields
        }
    return value


def _with_nested_outputs(prop: Property, value: Value, old: Value) -> Value:
    """A block's arguments, and its outputs: the recorded ones, else unknown during a preview."""
    if prop.kind not in BLOCK_KINDS:
        return value
    if isinstance(value, list):
        olds: list[Value] = old if isinstance(old, list) and len(old) == len(value) else []
        aligned = itertools.zip_longest(value, olds)
        return [_with_nested_outputs(prop, inner, before) for inner, before in aligned]
    if not isinstance(value, dict):
        return value
    recorded = old if isinstance(old, dict) else {}
    filled = dict(value)
    for inner in prop.fields:
        if inner.name in value:
            before = recorded.get(inner.name)
            filled[inner.name] = _with_nested_outputs(inner, value[inner.name], before)
        elif inner.output or inner.computed:
            filled[inner.name] = recorded.get(inner.name, UNKNOWN)
    return filled
