"""Reads quotas that a stack needs, and how much of each is used.

Global Accelerator's are in us-east-1, though its API is in us-west-2:
https://docs.aws.amazon.com/global-accelerator/latest/dg/limits-global-accelerator.html
Replicas of a table are tables of their Regions; AWS has no quota of replicas.
"""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from common.aws import GLOBAL_ACCELERATOR_REGION, US_EAST_1
from muster.aws.clients import AwsClients
from muster.doctor.model import ConcurrencyReading, QuotaReading, Unread
from muster.errors import AccountError, CallFailed

MAX_PAGES = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """How something is listed, page by page."""

    service: str
    """boto3's name."""
    operation: str
    member: str
    """The list in the answer."""
    token: tuple[str, str] = ("NextToken", "NextToken")
    """The answer's and the request's name of the next page's token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaQuery:
    """Where a quota is read, and what counts towards it."""

    service: str
    """Service Quotas' name."""
    code: str
    """Empty: the quota is found by the beginning of its name."""
    name: str
    used: Listing


QUOTAS = Listing(service="service-quotas", operation="list_service_quotas", member="Quotas")
VPCS = QuotaQuery(
    service="vpc",
    code="L-F678F1CE",
    name="VPCs per Region",
    used=Listing(service="ec2", operation="describe_vpcs", member="Vpcs"),
)
LOAD_BALANCERS = QuotaQuery(
    service="elasticloadbalancing",
    code="L-53DA6B97",
    name="Application Load Balancers per Region",
    used=Listing(
        service="elbv2",
        operation="describe_load_balancers",
        member="LoadBalancers",
        token=("NextMarker", "Marker"),
    ),
)
TABLES = QuotaQuery(
    service="dynamodb",
    code="L-F98FE922",
    name="tables (and replicas of tables) per Region",
    used=Listing(
        service="dynamodb",
        operation="list_tables",
        member="TableNames",
        token=("LastEvaluatedTableName", "ExclusiveStartTableName"),
    ),
)
ACCELERATORS = QuotaQuery(
    service="globalaccelerator",
    code="",
    name="Standard accelerators",
    used=Listing(service="globalaccelerator", operation="list_accelerators", member="Accelerators"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StackNeeds:
    """What a stack adds to each Region that it is in; nothing if it is deployed."""

    regions: tuple[str, ...]
    has_accelerator: bool
    tables: int
    deployed: bool


async def read_quotas(clients: AwsClients, needs: StackNeeds) -> tuple[QuotaReading, ...]:
    """Every quota in every Region; a failed call is an Unread in its reading."""
    one = 0.0 if needs.deployed else 1.0
    tables = 0.0 if needs.deployed else float(needs.tables)
    wanted = [(TABLES, region, tables) for region in needs.regions]
    if needs.has_accelerator:
        for region in needs.regions:
            wanted += [(VPCS, region, one), (LOAD_BALANCERS, region, one)]
        wanted.append((ACCELERATORS, GLOBAL_ACCELERATOR_REGION, one))
    readings = (_read_quota(clients, query, region, count) for query, region, count in wanted)
    return tuple(await asyncio.gather(*readings))


async def read_concurrency(
    clients: AwsClients, regions: Sequence[str]
) -> tuple[ConcurrencyReading | Unread, ...]:
    return tuple(await asyncio.gather(*(_read_concurrency(clients, r) for r in regions)))


async def _read_concurrency(clients: AwsClients, region: str) -> ConcurrencyReading | Unread:
    try:
        answer = await clients.read("lambda", region, "get_account_settings")
    except (CallFailed, AccountError) as exc:
        return Unread(f"{region}: {exc}")
    limits = answer["AccountLimit"]
    unreserved = float(limits["UnreservedConcurrentExecutions"])
    limit = float(limits.get("ConcurrentExecutions", unreserved))
    return ConcurrencyReading(region=region, limit=limit, unreserved=unreserved)


async def _read_quota(
    clients: AwsClients, query: QuotaQuery, region: str, needs: float
) -> QuotaReading:
    limit, used = await asyncio.gather(
        _read_limit(clients, query, region), _count(clients, query, region)
    )
    return QuotaReading(name=query.name, region=region, limit=limit, used=used, needs=needs)


async def _read_limit(clients: AwsClients, query: QuotaQuery, region: str) -> float | Unread:
    if not query.code:
        return await _find_limit(clients, query)
    try:
        found = await clients.read(
            "service-quotas",
            region,
            "get_service_quota",
            ServiceCode=query.service,
            QuotaCode=query.code,
        )
    except (CallFailed, AccountError) as exc:
        return Unread(str(exc))
    return float(found["Quota"]["Value"])


async def _find_limit(clients: AwsClients, query: QuotaQuery) -> float | Unread:
    quotas = await _list_all(clients, QUOTAS, US_EAST_1, ServiceCode=query.service)
    if isinstance(quotas, Unread):
        return quotas
    for quota in quotas:
        if quota["QuotaName"].startswith(query.name):
            return float(quota["Value"])
    return Unread(f"Service Quotas lists no {query.name}")


async def _count(clients: AwsClients, query: QuotaQuery, region: str) -> float | Unread:
    found = await _list_all(clients, query.used, region)
    if isinstance(found, Unread):
        return found
    # A network load balancer has a quota of its own.
    return float(sum(_counts(one) for one in found))


async def _list_all(
    clients: AwsClients, listing: Listing, region: str, **given: str
) -> list[Any] | Unread:
    """The members of all pages."""
    answered, asked = listing.token
    found: list[Any] = []
    page_of: dict[str, str] = {}
    try:
        for _ in range(MAX_PAGES):
            page: Mapping[str, Any] = await clients.read(
                listing.service, region, listing.operation, **given, **page_of
            )
            found += page.get(listing.member, ())
            if not page.get(answered):
                return found
            page_of = {asked: page[answered]}
    except (CallFailed, AccountError) as exc:
        return Unread(str(exc))
    return Unread(f"more than {MAX_PAGES} pages")


def _counts(one: object) -> bool:
    return not isinstance(one, Mapping) or one.get("Type", "application") == "application"
