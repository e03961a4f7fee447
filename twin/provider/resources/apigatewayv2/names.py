"""What the types of HTTP APIs have in common: the service, tags."""

from twin.provider.schema.tags import TagOperations

SERVICE = "apigatewayv2"
TAGGING = TagOperations(
    tag="TagResource",
    untag="UntagResource",
    listing="GetTags",
    id_param=lambda ref: {"ResourceArn": ref.properties["arn"]},
    as_map=True,
)
