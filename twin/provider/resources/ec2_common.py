"""What descriptions of EC2's resources have in common."""

from twin.provider.schema.resource_type import DescribedResource, Property, output

OWNER = output("ownerId", "OwnerId")


def arn(resource: str) -> Property:
    """An ARN that EC2's descriptions do not hold."""

    def derive(found: DescribedResource) -> str:
        owner = found.values.get("ownerId", "")
        return f"arn:aws:ec2:{found.scope.region}:{owner}:{resource}/{found.id}"

    return output("arn", derive=derive)
