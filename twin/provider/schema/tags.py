"""How each service takes tags: at creation, in between, and how it tells them."""

from collections.abc import Mapping
from dataclasses import dataclass

from twin.provider.schema.aspects import id_parameters
from twin.provider.schema.resource_type import (
    DescribedResource,
    IdParameter,
    OperationContext,
    ResourceRef,
)
from twin.provider.schema.shapes import search_path
from twin.provider.values import Properties

# Keys with this prefix are AWS's own, and can't be set:
# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_AWS_OWN = "aws:"


def to_tag_pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as most services write them."""
    return [{"Key": key, "Value": str(value)} for key, value in tags.items()]


def from_tag_pairs(listed: list[dict[str, str]] | None) -> dict[str, str]:
    """And back."""
    return {tag["Key"]: tag.get("Value", "") for tag in listed or []}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ec2Tags:
    """EC2: TagSpecifications, CreateTags, DeleteTags; descriptions tell them."""

    resource: str
    """EC2's name of the type, such as `vpc`."""

    def at_creation(self, tags: Mapping[str, str]) -> Properties:
        """Parameters of the creating call."""
        specification = {"ResourceType": self.resource, "Tags": to_tag_pairs(tags)}
        return {"TagSpecifications": [specification]} if tags else {}

    def read(self, found: DescribedResource) -> dict[str, str]:
        """Tags as AWS has them."""
        return without_aws_tags(from_tag_pairs(found.description.get("Tags")))

    def update(
        self, scope: OperationContext, ref: ResourceRef, add: Mapping[str, str], remove: list[str]
    ) -> None:
        """Set some tags, take away others."""
        if remove:
            gone = [{"Key": key} for key in remove]
            scope.call("DeleteTags", {"Resources": [ref.id], "Tags": gone})
        if add:
            scope.call("CreateTags", {"Resources": [ref.id], "Tags": to_tag_pairs(add)})


@dataclass(frozen=True, slots=True, kw_only=True)
class TagOperations:
    """Everyone else: one call each to tag, untag and list, by ARN or name."""

    tag: str
    untag: str
    listing: str
    by: IdParameter
    """How the resource is named in all three."""
    as_map: bool = False
    """Whether tags are an object, not a list of pairs."""
    result: str = "Tags"
    """JMESPath of the tags in the list's answer."""
    keys: str = "TagKeys"

    def at_creation(self, tags: Mapping[str, str]) -> Properties:
        """Parameters of the creating call."""
        name = "tags" if self.keys == "tagKeys" else "Tags"
        return {name: dict(tags) if self.as_map else to_tag_pairs(tags)} if tags else {}

    def read(self, found: DescribedResource) -> dict[str, str]:
        """Tags as AWS has them."""
        ref = ResourceRef(id=found.id, properties={**found.recorded, **found.values})
        answer = found.scope.call(self.listing, id_parameters(self.by, ref))
        told = search_path(self.result, answer)
        return without_aws_tags(dict(told or {}) if self.as_map else from_tag_pairs(told))

    def update(
        self, scope: OperationContext, ref: ResourceRef, add: Mapping[str, str], remove: list[str]
    ) -> None:
        """Set some tags, take away others."""
        which = id_parameters(self.by, ref)
        if remove:
            scope.call(self.untag, {**which, self.keys: remove})
        if add:
            scope.call(self.tag, {**which, **self.at_creation(add)})


def without_aws_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags that a user can set."""
    return {key: value for key, value in tags.items() if not key.startswith(_AWS_OWN)}
