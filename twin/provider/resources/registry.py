"""The supported resource types, by Pulumi token. Each file under resources/ lists its TYPES."""

from dataclasses import replace
from functools import cache

from twin.provider.errors import UnknownToken
from twin.provider.schema.resource_type import ResourceType

_FILES = {
    "alb": "lb/",
    "apigateway": "apigateway/",
    "apigatewayv2": "apigatewayv2/",
    "cloudwatch": "logs.py",
    "dynamodb": "dynamodb/",
    "ec2": "ec2/",
    "lambda": "lambda_.py",
    "lb": "lb/",
}
"""Module of a Pulumi token -> file or folder under resources/, unless it is MODULE.py."""


@cache
def resource_types() -> dict[str, ResourceType]:
    """Token -> type. Imports them at the first use, after the plugin has announced its port."""
    from twin.provider.resources import (  # noqa: PLC0415 - see above
        acm,
        alarms,
        globalaccelerator,
        iam,
        iam_policies,
        lambda_,
        logs,
        route53,
        route53_traffic,
        route53_zones,
    )
    from twin.provider.resources.apigateway import (  # noqa: PLC0415
        domains,
        methods,
        rest_api,
        stages,
    )
    from twin.provider.resources.apigatewayv2 import apis as http_apis  # noqa: PLC0415
    from twin.provider.resources.apigatewayv2 import domains as http_domains  # noqa: PLC0415
    from twin.provider.resources.apigatewayv2 import stages as http_stages  # noqa: PLC0415
    from twin.provider.resources.dynamodb import item, table  # noqa: PLC0415
    from twin.provider.resources.ec2 import (  # noqa: PLC0415
        network,
        routes,
        routing,
        security_group,
    )
    from twin.provider.resources.lb import (  # noqa: PLC0415
        listener_certificate,
        listener_rule,
        load_balancer,
        target_group,
    )

    files = (
        item,
        table,
        network,
        routes,
        routing,
        security_group,
        acm,
        alarms,
        http_apis,
        http_domains,
        http_stages,
        domains,
        methods,
        rest_api,
        stages,
        globalaccelerator,
        iam,
        iam_policies,
        lambda_,
        listener_certificate,
        listener_rule,
        load_balancer,
        target_group,
        logs,
        route53,
        route53_traffic,
        route53_zones,
    )
    types = {kind.name: kind for file in files for kind in file.TYPES}
    # pulumi_aws has the types of `lb` under two names.
    again = {name.replace("aws:lb/", "aws:alb/"): kind for name, kind in types.items()}
    return types | {name: replace(kind, name=name) for name, kind in again.items()}


def find_resource_type(token: str) -> ResourceType:
    """Find a type. Raises UnknownToken."""
    found = resource_types().get(token)
    if found is None:
        raise UnknownToken(
            f"the twin has no resource type {token}: declare it in {declaration_file(token)}"
        )
    return found


def declaration_file(token: str) -> str:
    """The file, or folder, to which a type's declaration belongs."""
    module = token.partition(":")[2].partition("/")[0]
    return f"twin/provider/resources/{_FILES.get(module, f'{module}.py')}"
