"""Finds the table of a service: signing name and operation -> what the caller must be allowed."""

from collections.abc import Iterable
from dataclasses import dataclass

from twin.iam.requirements import (
    api_gateway,
    functions,
    identity,
    load_balancing,
    networks,
    observability,
    tables,
)
from twin.iam.requirements.model import CallScope, Parameters, Requirement, RequirementReader


@dataclass(frozen=True, slots=True)
class ServiceTable:
    operations: frozenset[str]
    read: RequirementReader


def _table(operations: Iterable[str], read: RequirementReader) -> ServiceTable:
    return ServiceTable(frozenset(operations), read)


SERVICE_TABLES = {
    "acm": _table(observability.CERTIFICATES, observability.read_certificates),
    "apigateway": _table(api_gateway.REST_APIS, api_gateway.read_rest_apis),
    "apigatewayv2": _table(api_gateway.HTTP_APIS, api_gateway.read_http_apis),
    "dynamodb": _table(tables.TABLES, tables.read_tables),
    "ec2": _table(networks.NETWORKS, networks.read_networks),
    "elasticloadbalancing": _table(
        load_balancing.BALANCING_OPERATIONS, load_balancing.read_balancing
    ),
    "globalaccelerator": _table(load_balancing.ACCELERATION, load_balancing.read_acceleration),
    "iam": _table(identity.IDENTITIES, identity.read_identities),
    "kms": _table(observability.KEYS, observability.read_keys),
    "lambda": _table(functions.FUNCTIONS, functions.read_functions),
    "logs": _table(observability.LOGS, observability.read_logs),
    "monitoring": _table(observability.METRICS, observability.read_metrics),
    "route53": _table(observability.DOMAINS, observability.read_domains),
    "sts": _table(identity.TOKENS, identity.read_tokens),
    "tagging": _table(observability.TAGGING, observability.read_tagging),
}
"""Service key (twin.moto.calls.request_parser) -> operations, and their requirements."""


def find_requirements(
    service: str, operation: str, parameters: Parameters, scope: CallScope
) -> tuple[Requirement, ...] | None:
    """What the caller must be allowed; None for an operation that the twin does not serve."""
    table = SERVICE_TABLES.get(service)
    if table is None or operation not in table.operations:
        return None
    return tuple(table.read(operation, parameters, scope))
