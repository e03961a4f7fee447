"""Properties that several EC2 types share."""

from twin.provider.schema.resource_type import DescribedResource, Property, output

OWNER_ID = output("ownerId", "OwnerId")


def arn_property(resource: str) -> Property:
    """The ARN, which EC2's descriptions do not have."""

    def derive(found: DescribedResource) -> str:
        owner = found.values.get("ownerId", "")
        return f"arn:aws:ec2:{found.context.region}:{owner}:{resource}/{found.id}"

    return output("arn", derive=derive)
