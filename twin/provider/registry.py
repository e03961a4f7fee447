"""Every resource type that the stand-in serves, by token. Explicit: a new type is listed here by
the file that declares it.
"""

from functools import cache

from twin.provider.check import source_of
from twin.provider.errors import UnknownToken
from twin.provider.resource import ResourceType


@cache
def types() -> dict[str, ResourceType]:
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


def resource_type(token: str) -> ResourceType:
    """The type; raises UnknownToken."""
    found = types().get(token)
    if found is None:
        raise UnknownToken(
            f"the stand-in does not know the resource type {token}: "
            f"declare it in {source_of(token)} (it knows: {', '.join(sorted(types()))})"
        )
    return found
