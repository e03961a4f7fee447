"""How a resource type is declared. To add a type, add a declaration under resources/.

A type is: its arguments and outputs (Property), one call each to create, read and delete it (Call),
and facets: the rest of its state, each part set by calls of its own (Facet: attributes, rules,
replicas, ...). Calls take whatever declared arguments the operation's own model has a member for,
so most arguments need a name and nothing else. Nothing here does anything: check, diff, shapes and
crud interpret it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol, TypeAlias

from twin.provider.aws import Aws
from twin.provider.values import Properties, Value
from twin.provider.waiting import Waiter


class PropertyKind(StrEnum):
    """What an argument's value is."""

    TEXT = "text"
    WHOLE = "a whole number"
    NUMBER = "a number"
    FLAG = "true or false"
    JSON = "JSON text"
    MAP = "an object of texts"
    TEXTS = "a list of texts"
    TEXT_SET = "a set of texts"
    BLOCK = "an object"
    BLOCKS = "a list of objects"
    BLOCK_SET = "a set of objects"
    ARCHIVE = "an archive"


SET_KINDS = frozenset({PropertyKind.TEXT_SET, PropertyKind.BLOCK_SET})
LIST_KINDS = frozenset(
    {PropertyKind.TEXTS, PropertyKind.TEXT_SET, PropertyKind.BLOCKS, PropertyKind.BLOCK_SET}
)
BLOCK_KINDS = frozenset({PropertyKind.BLOCK, PropertyKind.BLOCKS, PropertyKind.BLOCK_SET})


@dataclass(frozen=True, slots=True, kw_only=True)
class Property:
    """One argument or output, named as pulumi_aws names it on the wire."""

    name: str
    kind: PropertyKind = PropertyKind.TEXT
    aws: str = ""
    """AWS's name for it; empty: the member that has the same letters."""
    path: str = ""
    """Where a description has it, as JMESPath; empty: the member named by `aws`."""
    required: bool = False
    computed: bool = False
    """AWS chooses a value when the argument is not given, so its absence is no difference."""
    output: bool = False
    """No argument: AWS's answer only."""
    replaces: bool = False
    """A change needs a new resource."""
    default: Value = None
    """Of the real provider."""
    reset: Value = None
    """What an update sends when the argument was taken away; None: nothing is sent."""
    choices: tuple[str, ...] = ()
    between: tuple[float, float] | None = None
    """Both included."""
    fields: tuple["Property", ...] = ()
    """Of an object, or of each object of a list."""
    flat: bool = False
    """AWS has an object's fields beside it, not in it (`healthCheck.path` is HealthCheckPath)."""
    local: bool = False
    """Steers the provider; AWS never hears of it."""
    kept: bool = False
    """Where AWS does not tell it, the recorded value stands."""
    unset: Value = None
    """AWS's way to say that there is none, in our words."""
    derive: "Callable[[DescribedResource], Value] | None" = None
    """Computes an output that no description holds."""
    changes_with: tuple[str, ...] = ()
    """An output that is not known before an update that changes one of these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedResource:
    """A resource as AWS describes it, while its properties are being read."""

    scope: "OperationContext"
    id: str
    recorded: Properties
    """Properties as of the last operation; empty for a resource that is only now imported."""
    description: Properties
    values: Properties = field(default_factory=dict)
    """What has been read so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationContext:
    """Where one operation on one resource runs."""

    aws: Aws
    service: str
    region: str
    home_region: str
    """The provider's own Region (aws:region), whatever the resource's is."""
    default_tags: Mapping[str, str]
    patience: Waiter
    root: Path
    """Folder that the program's relative paths start from."""

    def call(
        self, operation: str, params: Properties, *, service: str = "", region: str = ""
    ) -> Properties:
        """One AWS call, of this resource's service and Region unless told otherwise."""
        return self.aws.call(service or self.service, region or self.region, operation, params)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceRef:
    """A resource that exists."""

    id: str
    properties: Properties


IdParameter: TypeAlias = str | Callable[[ResourceRef], Properties]
"""How an id goes into a call: a parameter's name (`VpcId`, or `VpcIds[]` for a list of one), or a
function from the resource to parameters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsOperation:
    """One AWS operation."""

    operation: str
    by: IdParameter = ""
    result: str | Callable[[ResourceRef, Properties], Value] = "@"
    """The resource's description in the answer: JMESPath, or a function of both."""
    adds: Callable[[OperationContext, Properties], Properties] | None = None
    """Parameters beyond the declared arguments; they win."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceChange:
    """What an operation does to one resource, as a facet sees it."""

    id: str
    old: Properties
    """Recorded properties; empty at creation."""
    new: Properties
    """The arguments wanted."""
    names: frozenset[str]
    """Top-level names that differ."""
    creating: bool = False

    @property
    def ref(self) -> ResourceRef:
        """The resource, with the wanted arguments over the recorded properties."""
        return ResourceRef(id=self.id, properties={**self.old, **self.new})


class Aspect(Protocol):
    """A part of a resource's state that has calls of its own."""

    @property
    def names(self) -> frozenset[str]:
        """The properties that it sets."""
        ...

    @property
    def at_creation(self) -> bool:
        """Whether it has something to do for a new resource; else the creating call has done it."""
        ...

    def apply(self, scope: OperationContext, change: ResourceChange) -> None:
        """Make AWS have what `change.new` says; called when one of `names` changed."""
        ...

    def read(self, found: DescribedResource) -> Properties:
        """Its properties as AWS has them, beyond what the description tells."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoname:
    """How a resource without a name gets one."""

    property: str = "name"
    longest: int = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedState:
    """A state to wait for, after a creation or update."""

    call: AwsOperation
    state: str
    """JMESPath in the call's result."""
    wanted: frozenset[str]
    failed: frozenset[str] = frozenset()


class Tagging(Protocol):
    """How a service takes tags."""

    def at_creation(self, tags: Mapping[str, str]) -> Properties:
        """Parameters of the creating call."""
        ...

    def read(self, found: DescribedResource) -> dict[str, str]:
        """Tags as AWS has them."""
        ...

    def update(
        self, scope: OperationContext, ref: ResourceRef, add: Mapping[str, str], remove: list[str]
    ) -> None:
        """Set some tags, take away others."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """One type of resource."""

    name: str
    """Pulumi's token, such as `aws:ec2/vpc:Vpc`."""
    service: str
    """As boto names it."""
    properties: tuple[Property, ...]
    create: AwsOperation
    read: AwsOperation
    delete: AwsOperation
    identity: str | Callable[[Properties, Properties], str]
    """The id: JMESPath in what the creation answered, or a function of that and the arguments."""
    missing: frozenset[str]
    """Error codes that say: there is no such thing."""
    facets: tuple[Aspect, ...] = ()
    autoname: Autoname | None = None
    tagging: Tagging | None = None
    global_region: str = ""
    """For a service without Regions: where its API is. The type has no `region` argument then."""
    settled: AwaitedState | None = None
    gone: bool = False
    """Deletion goes on after its call: wait until a read finds nothing."""
    after_create: Callable[[OperationContext, ResourceRef], None] | None = None
    before_delete: Callable[[OperationContext, ResourceRef], None] | None = None
    after_delete: Callable[[OperationContext, ResourceRef], None] | None = None
    retained: Callable[[Properties], bool] | None = None
    """Whether a deletion leaves the thing in AWS (`skipDestroy`)."""
    replacing: Callable[[Properties, Properties], frozenset[str]] | None = None
    """Names that need a new resource in some changes only: from (recorded, wanted)."""
    rules: Callable[[Properties], list[tuple[str, str]]] | None = None
    """What arguments can't go together: pairs of a path and the reason."""

    @property
    def every_property(self) -> tuple[Property, ...]:
        """Declared ones and those that come with the service: region, tags."""
        return (
            *self.properties,
            *(() if self.global_region else (REGION,)),
            *((TAGS, TAGS_ALL) if self.tagging else ()),
        )

    def named(self, name: str) -> Property | None:
        """The property of that name."""
        return next((found for found in self.every_property if found.name == name), None)


REGION = Property(name="region", computed=True, replaces=True, local=True)
TAGS = Property(name="tags", kind=PropertyKind.MAP, local=True)
TAGS_ALL = Property(name="tagsAll", kind=PropertyKind.MAP, output=True, local=True)


# -- shorthands for declarations

Options: TypeAlias = Value


def text(name: str, **options: Options) -> Property:
    """A text."""
    return Property(name=name, **options)


def whole(name: str, **options: Options) -> Property:
    """A whole number."""
    return Property(name=name, kind=PropertyKind.WHOLE, **options)


def number(name: str, **options: Options) -> Property:
    """A number."""
    return Property(name=name, kind=PropertyKind.NUMBER, **options)


def flag(name: str, **options: Options) -> Property:
    """true or false."""
    return Property(name=name, kind=PropertyKind.FLAG, **options)


def json_text(name: str, **options: Options) -> Property:
    """JSON; layout and, in policies, single-element lists make no difference."""
    return Property(name=name, kind=PropertyKind.JSON, **options)


def mapping(name: str, **options: Options) -> Property:
    """An object whose keys the user chooses."""
    return Property(name=name, kind=PropertyKind.MAP, **options)


def texts(name: str, **options: Options) -> Property:
    """A list of texts."""
    return Property(name=name, kind=PropertyKind.TEXTS, **options)


def text_set(name: str, **options: Options) -> Property:
    """Texts in no order."""
    return Property(name=name, kind=PropertyKind.TEXT_SET, **options)


def block(name: str, *fields: Property, **options: Options) -> Property:
    """An object."""
    return Property(name=name, kind=PropertyKind.BLOCK, fields=fields, **options)


def blocks(name: str, *fields: Property, **options: Options) -> Property:
    """A list of objects."""
    return Property(name=name, kind=PropertyKind.BLOCKS, fields=fields, **options)


def block_set(name: str, *fields: Property, **options: Options) -> Property:
    """Objects in no order."""
    return Property(name=name, kind=PropertyKind.BLOCK_SET, fields=fields, **options)


def archive(name: str, **options: Options) -> Property:
    """Code."""
    return Property(name=name, kind=PropertyKind.ARCHIVE, **options)


def output(name: str, path: str = "", **options: Options) -> Property:
    """What only AWS can tell."""
    return Property(name=name, path=path, output=True, computed=True, **options)
