"""Tagging and properties that the types of Elastic Load Balancing share."""

from twin.provider.schema.resource_type import DescribedResource, Property, output
from twin.provider.schema.tags import TagOperations
from twin.provider.values import Value

TAGS = TagOperations(
    tag="AddTags",
    untag="RemoveTags",
    listing="DescribeTags",
    id_param="ResourceArns[]",
    result="TagDescriptions[0].Tags",
)


def arn_suffix(kind: str) -> Property:
    """The end of the ARN, which is the dimension of CloudWatch's metrics (without `kind`):
    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
    """

    def derive(found: DescribedResource) -> Value:
        return found.id.rpartition(":")[2].removeprefix(kind) or None

    return output("arnSuffix", derive=derive)
