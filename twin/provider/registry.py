"""Every resource type that the stand-in serves, by token. Explicit: a new type is listed here by
the file that declares it.
"""

from functools import cache

from twin.provider.errors import UnknownToken
from twin.provider.operations.check import declaration_file
from twin.provider.schema.resource_type import ResourceType


@cache
def resource_types() -> dict[str, ResourceType]:
    """Token -> type. Loaded at the first use: the plugin announces its port before."""
    from twin.provider.resources import (  # noqa: PLC0415 - see above
        dynamodb,
        ec2,
        globalaccelerator,
        iam,
        lambda_,
        lb,
        logs,
        route53,
    )

    files = (dynamodb, ec2, globalaccelerator, iam, lambda_, lb, logs, route53)
    return {kind.name: kind for file in files for kind in file.TYPES}


def find_resource_type(token: str) -> ResourceType:
    """The type; raises UnknownToken."""
    found = resource_types().get(token)
    if found is None:
        raise UnknownToken(
            f"the stand-in does not know the resource type {token}: "
            f"declare it in {declaration_file(token)} (it knows:"
            f" {', '.join(sorted(resource_types()))})"
        )
    return found
