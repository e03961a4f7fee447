"""How services take tags: at creation, by operations that change them, and in responses."""

from collections.abc import Mapping
from dataclasses import dataclass

from twin.provider.schema.calls import id_parameters
from twin.provider.schema.resource_type import (
    DescribedResource,
    IdParameter,
    OperationContext,
    ResourceRef,
)
from twin.provider.schema.shapes import search_path
from twin.provider.values import Properties

# Keys with this prefix are reserved for AWS:
# https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_AWS_PREFIX = "aws:"


def to_tag_pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Convert tags to the list of pairs that most services use."""
    return [{"Key": key, "Value": str(value)} for key, value in tags.items()]


def from_tag_pairs(listed: list[dict[str, str]] | None) -> dict[str, str]:
    """The inverse of to_tag_pairs."""
    return {tag["Key"]: tag.get("Value", "") for tag in listed or []}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ec2Tags:
    """EC2: TagSpecifications, CreateTags, DeleteTags; descriptions contain the tags."""

    resource: str
    """EC2's name of the type, such as `vpc`."""

    def at_creation(self, tags: Mapping[str, str]) -> Properties:
        specification = {"ResourceType": self.resource, "Tags": to_tag_pairs(tags)}
        return {"TagSpecifications": [specification]} if tags else {}

    def read(self, found: DescribedResource) -> dict[str, str]:
        return without_aws_tags(from_tag_pairs(found.description.get("Tags")))

    def update(
        self, context: OperationContext, ref: ResourceRef, add: Mapping[str, str], remove: list[str]
    ) -> None:
        if remove:
            removed = [{"Key": key} for key in remove]
            context.call("DeleteTags", {"Resources": [ref.id], "Tags": removed})
        if add:
            context.call("CreateTags", {"Resources": [ref.id], "Tags": to_tag_pairs(add)})


@dataclass(frozen=True, slots=True, kw_only=True)
class TagOperations:
    """Other services: an operation each to tag, untag and list, by ARN or name."""

    tag: str
    untag: str
    listing: str
    id_param: IdParameter
    """How all three name the resource."""
    as_map: bool = False
    """Whether tags are an object instead of a list of pairs."""
    result: str = "Tags"
    """JMESPath of the tags in the response of `listing`."""
    keys: str = "TagKeys"
    """Parameter of `untag` with the keys; `Tags` takes pairs without values."""

    def at_creation(self, tags: Mapping[str, str]) -> Properties:
        name = "tags" if self.keys == "tagKeys" else "Tags"
        return {name: dict(tags) if self.as_map else to_tag_pairs(tags)} if tags else {}

    def read(self, found: DescribedResource) -> dict[str, str]:
        ref = ResourceRef(id=found.id, properties={**found.recorded, **found.values})
        response = found.context.call(self.listing, id_parameters(self.id_param, ref))
        tags = search_path(self.result, response)
        return without_aws_tags(dict(tags or {}) if self.as_map else from_tag_pairs(tags))

    def update(
        self, context: OperationContext, ref: ResourceRef, add: Mapping[str, str], remove: list[str]
    ) -> None:
        params = id_parameters(self.id_param, ref)
        if remove:
            pairs = [{"Key": key} for key in remove]
            context.call(
                self.untag, {**params, self.keys: pairs if self.keys == "Tags" else remove}
            )
        if add:
            context.call(self.tag, {**params, **self.at_creation(add)})


def without_aws_tags(tags: Mapping[str, str]) -> dict[str, str]:
    """The tags without the ones reserved for AWS."""
    return {key: value for key, value in tags.items() if not key.startswith(_AWS_PREFIX)}
