"""How a resource type is declared. To add a type, add a declaration under resources/.

A type has properties (arguments and outputs), one AWS operation each to create, read and delete it,
and aspects: parts of its state with operations of their own (attributes, rules, replicas, ...). An
operation takes each declared argument for which its own model has a member, so most arguments need
a name and nothing else.

This module only declares. check, diff and crud interpret the declarations; shapes converts between
properties and AWS's parameters.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

from twin.provider.values import Properties, Value
from twin.provider.waiting import Waiter

if TYPE_CHECKING:
    from twin.provider.aws_client import AwsClient


class PropertyKind(StrEnum):
    """The type of a property's value; its text completes "expected ..."."""

    STRING = "text"
    INTEGER = "a whole number"
    NUMBER = "a number"
    BOOLEAN = "true or false"
    JSON = "JSON text"
    MAP = "an object of texts"
    STRING_LIST = "a list of texts"
    STRING_SET = "a set of texts"
    BLOCK = "an object"
    BLOCK_LIST = "a list of objects"
    BLOCK_SET = "a set of objects"
    ARCHIVE = "an archive"


SET_KINDS = frozenset({PropertyKind.STRING_SET, PropertyKind.BLOCK_SET})
LIST_KINDS = SET_KINDS | {PropertyKind.STRING_LIST, PropertyKind.BLOCK_LIST}
BLOCK_KINDS = frozenset({PropertyKind.BLOCK, PropertyKind.BLOCK_LIST, PropertyKind.BLOCK_SET})


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One argument or output, named as pulumi_aws names it on the wire."""

    name: str
    kind: PropertyKind = PropertyKind.STRING
    aws: str = ""
    """AWS's name of the member; empty: the member with the same letters."""
    path: str = ""
    """JMESPath in a description; empty: the member named by `aws`."""
    required: bool = False
    computed: bool = False
    """AWS chooses a value for a missing argument, so its absence is no difference."""
    output: bool = False
    """Not an argument; AWS returns it."""
    replaces: bool = False
    """A change replaces the resource."""
    default: Value = None
    """The real provider's default."""
    reset: Value = None
    """Value that an update sends for a removed argument; None: it sends nothing."""
    choices: tuple[str, ...] = ()
    between: tuple[float, float] | None = None
    """Minimum and maximum."""
    form: re.Pattern[str] | None = None
    """What its text has to match."""
    fields: tuple["Property", ...] = ()
    """Properties of an object, or of each object of a list."""
    flat: bool = False
    """AWS has an object's fields beside it, not in it (`healthCheck.path` is HealthCheckPath)."""
    local: bool = False
    """Not converted to or from a member of its own; `extra_params` or an aspect may send it."""
    keep_recorded: bool = False
    """Keep the recorded value when AWS does not return it."""
    record_live: bool = False
    """Record what AWS has after an update, not the argument, of which it may leave a part out."""
    absent_value: Value = None
    """Value with which AWS says that there is none, after the conversion."""
    removing_value: Value = None
    """Argument that removes what AWS has, so it is no difference where AWS has none."""
    derive: "Callable[[DescribedResource], Value] | None" = None
    """Computes a property that no description has."""
    changes_with: tuple[str, ...] = ()
    """Arguments whose change makes this output unknown during a preview."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedResource:
    """A resource as AWS describes it, while its properties are being read."""

    context: "OperationContext"
    id: str
    recorded: Properties
    """Properties after the last operation; empty during an import."""
    description: Properties
    values: Properties = field(default_factory=dict)
    """Properties read so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationContext:
    """Where one operation on one resource runs: AWS, service, Region, time-out."""

    aws: "AwsClient"
    service: str
    region: str
    home_region: str
    """The provider's own Region (aws:region)."""
    default_tags: Mapping[str, str]
    waiter: Waiter
    root: Path
    """Folder of the program; its relative paths start here."""

    def call(
        self, operation: str, params: Properties, *, service: str = "", region: str = ""
    ) -> Properties:
        """Call AWS, by default this resource's service in its Region."""
        return self.aws.call(service or self.service, region or self.region, operation, params)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRef:
    """Id and properties of an existing resource."""

    id: str
    properties: Properties


IdParameter: TypeAlias = str | Callable[[ResourceRef], Properties]
"""How an operation names its resource: a parameter's name (`VpcId`, or `VpcIds[]` for a list of
one), or a function from the resource to parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsOperation:
    """One AWS operation of a type, and where its response has the resource."""

    operation: str
    id_param: IdParameter = ""
    result: str | Callable[[ResourceRef, Properties], Value] = "@"
    """The description in the response: a JMESPath, or a function of resource and response."""
    find: Callable[[ResourceRef, Properties, Properties], Value] | None = None
    """Finds the description by resource, parameters and response, in the place of `result`."""
    extra_params: Callable[[OperationContext, Properties], Properties] | None = None
    """Parameters beyond the declared arguments; they take precedence."""
    choose: Callable[[Properties], str] | None = None
    """Picks the operation by the resource's properties."""

    def name_for(self, properties: Properties) -> str:
        return self.choose(properties) if self.choose else self.operation


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedState:
    """A state to wait for."""

    call: AwsOperation
    state: str
    """JMESPath in the call's result."""
    wanted: frozenset[str]
    failed: frozenset[str] = frozenset()
    """States that end the wait with an error."""
    failure_reason: str = ""
    """JMESPath in the call's result: why it failed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceChange:
    """A creation or update of one resource, as its aspects see it."""

    id: str
    old: Properties
    """Recorded properties; empty at creation."""
    new: Properties
    """The wanted arguments."""
    names: frozenset[str]
    """Top-level properties that differ."""
    creating: bool = False

    @property
    def ref(self) -> ResourceRef:
        """The resource, with the wanted arguments over the recorded properties."""
        return ResourceRef(id=self.id, properties={**self.old, **self.new})


class Aspect(Protocol):
    """A part of a resource's state that has operations of its own."""

    @property
    def names(self) -> frozenset[str]:
        """The properties that it sets."""
        ...

    @property
    def at_creation(self) -> bool:
        """Whether a new resource needs `apply`; False when the creating call does its work."""
        ...

    def apply(self, context: OperationContext, change: ResourceChange) -> None:
        """Update AWS to `change.new`; called when one of `names` changed."""
        ...

    def read(self, found: DescribedResource) -> Properties:
        """Its properties in AWS, beyond those of the description."""
        ...


class WriteOnlyAspect:
    """Base of aspects whose properties, if AWS returns them, are in the description."""

    __slots__ = ()

    def read(self, found: DescribedResource) -> Properties:
        """Nothing beyond the description."""
        del found
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoname:
    """The property that gets a generated name, and its maximum length."""

    property: str = "name"
    longest: int = 255
    prefix: str = ""
    """The argument with which a program gives a name's beginning; empty: the type has none."""


def name_prefix(autoname: Autoname) -> tuple[Property, ...]:
    """The argument with a name's beginning, where a type has it. AWS does not return it."""
    name = autoname.prefix
    if not name:
        return ()
    return (Property(name=name, computed=True, replaces=True, local=True, keep_recorded=True),)


class Tagging(Protocol):
    """How a service takes tags."""

    def at_creation(self, tags: Mapping[str, str]) -> Properties:
        """Parameters of the creating call."""
        ...

    def read(self, found: DescribedResource) -> dict[str, str]:
        """Tags as AWS has them."""
        ...

    def update(
        self, context: OperationContext, ref: ResourceRef, add: Mapping[str, str], remove: list[str]
    ) -> None:
        """Set some tags, and remove others by key."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """The declaration of one type of resource."""

    name: str
    """Pulumi's token, such as `aws:ec2/vpc:Vpc`."""
    service: str
    """boto's name of the service."""
    properties: tuple[Property, ...]
    create: AwsOperation
    read: AwsOperation
    delete: AwsOperation
    resource_id: str | Callable[[Properties, Properties], str]
    """The id: a JMESPath in the creation's result, or a function of that and the arguments."""
    not_found_codes: frozenset[str]
    """Error codes of AWS for a resource that does not exist."""
    aspects: tuple[Aspect, ...] = ()
    autoname: Autoname | None = None
    tagging: Tagging | None = None
    global_region: str = ""
    """Region of a global service's API. Such a type has no `region` argument."""
    ready: AwaitedState | None = None
    """State to wait for after a creation or update."""
    settle: Callable[[OperationContext, Properties], None] | None = None
    """Waits for what a creation or deletion has begun, by its description in the response."""
    repeats_creation: Callable[[Properties, str], bool] | None = None
    """From the arguments and the code of AWS's refusal: whether a creation is tried again."""
    wait_until_gone: bool = False
    """Deletion is asynchronous: wait until a read finds nothing."""
    find_imported: Callable[[OperationContext, ResourceRef], ResourceRef] | None = None
    """From the id of an import, where it has another form, to the resource's own id and the
    arguments that the id names. Raises ProviderError."""
    after_create: Callable[[OperationContext, ResourceRef], None] | None = None
    before_delete: Callable[[OperationContext, ResourceRef], None] | None = None
    after_delete: Callable[[OperationContext, ResourceRef], None] | None = None
    only_false: frozenset[str] = frozenset()
    """Arguments that turn on what the twin does not serve: accepted, and ignored, when false."""
    skip_deletion: Callable[[Properties], bool] | None = None
    """Whether a deletion leaves the resource in AWS (`skipDestroy`)."""
    validate: Callable[[Properties], list[tuple[str, str]]] | None = None
    """Checks across arguments: returns pairs of a property path and the mistake."""

    @property
    def every_property(self) -> tuple[Property, ...]:
        """The declared properties, and name prefix, region and tags where the type has them."""
        return (
            *self.properties,
            *(name_prefix(self.autoname) if self.autoname else ()),
            *(() if self.global_region else (REGION,)),
            *((TAGS, TAGS_ALL) if self.tagging else ()),
        )

    def find_property(self, name: str) -> Property | None:
        """The top-level property of that name."""
        return next((prop for prop in self.every_property if prop.name == name), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """The declaration of one data source (Pulumi: invoke)."""

    name: str
    """Pulumi's token, such as `aws:ec2/getVpc:getVpc`."""
    service: str
    arguments: frozenset[str]
    read: Callable[[OperationContext, Properties], Properties]
    """From the arguments to the result."""


REGION_FORM = re.compile(r"[a-z]{2}(-[a-z]+)+-\d{1,2}")
REGION = Property(name="region", computed=True, replaces=True, local=True, form=REGION_FORM)
TAGS = Property(name="tags", kind=PropertyKind.MAP, local=True)
TAGS_ALL = Property(name="tagsAll", kind=PropertyKind.MAP, output=True, local=True)


# -- shorthands for declarations

Options: TypeAlias = Value


def string(name: str, **options: Options) -> Property:
    return Property(name=name, **options)


def integer(name: str, **options: Options) -> Property:
    return Property(name=name, kind=PropertyKind.INTEGER, **options)


def number(name: str, **options: Options) -> Property:
    return Property(name=name, kind=PropertyKind.NUMBER, **options)


def boolean(name: str, **options: Options) -> Property:
    return Property(name=name, kind=PropertyKind.BOOLEAN, **options)


def json_string(name: str, **options: Options) -> Property:
    """JSON; layout and, in policies, single-element lists make no difference."""
    return Property(name=name, kind=PropertyKind.JSON, **options)


def mapping(name: str, **options: Options) -> Property:
    """An object with arbitrary keys."""
    return Property(name=name, kind=PropertyKind.MAP, **options)


def string_list(name: str, **options: Options) -> Property:
    return Property(name=name, kind=PropertyKind.STRING_LIST, **options)


def string_set(name: str, **options: Options) -> Property:
    return Property(name=name, kind=PropertyKind.STRING_SET, **options)


def block(name: str, *fields: Property, **options: Options) -> Property:
    """An object with declared fields."""
    return Property(name=name, kind=PropertyKind.BLOCK, fields=fields, **options)


def block_list(name: str, *fields: Property, **options: Options) -> Property:
    return Property(name=name, kind=PropertyKind.BLOCK_LIST, fields=fields, **options)


def block_set(name: str, *fields: Property, **options: Options) -> Property:
    return Property(name=name, kind=PropertyKind.BLOCK_SET, fields=fields, **options)


def archive(name: str, **options: Options) -> Property:
    return Property(name=name, kind=PropertyKind.ARCHIVE, **options)


def output(name: str, path: str = "", **options: Options) -> Property:
    """A property that only AWS sets."""
    return Property(name=name, path=path, output=True, computed=True, **options)
