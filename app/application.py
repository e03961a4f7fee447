"""Composes the function from its environment: tables, services, the health check, the pages."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from app.clock import Clock
from app.environment import FunctionEnvironment
from app.health import HealthCheck, make_health_route
from app.http.cors import CorsPolicy
from app.http.router import Router
from app.logs import RequestLog
from app.registry import load_service
from app.service import Route, Service, ServiceContext, SiteContext
from app.table import DynamoClient, RequestDeadline, Table, TimeBudget
from app.web.site import make_routes


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """What answers requests."""

    region: str
    router: Router
    cors: CorsPolicy
    deadline: RequestDeadline
    hsts_max_age_s: int
    """Time for which browsers insist on HTTPS; 0: they are not told to."""


def make_application(
    environment: FunctionEnvironment,
    client: DynamoClient,
    *,
    budget: TimeBudget,
    clock: Clock,
    log: RequestLog,
    new_id: Callable[[], str],
) -> Application:
    """Import the configured services and join their routes. Raises EnvironmentInvalid."""
    region = environment.region
    deadline = RequestDeadline(clock, budget)
    tables = {
        name: Table(client, name=table, deadline=deadline)
        for name, table in environment.tables.items()
    }
    services = [
        load_service(name)(
            ServiceContext(
                region=region,
                table=tables[name],
                clock=clock,
                settings=environment.settings[name],
                new_id=new_id,
            )
        )
        for name in environment.services
    ]
    health = HealthCheck(
        region=region,
        control=Table(client, name=environment.control_table, deadline=deadline),
        probes={
            service.name: partial(tables[service.name].get, service.probe_key)
            for service in services
            if service.name in environment.health_tables
        },
        clock=clock,
        log=log,
    )
    return Application(
        region=region,
        router=Router(
            [
                make_health_route(health, region),
                *_service_routes(services),
                *make_routes(
                    SiteContext(
                        region=region,
                        endpoints=environment.endpoints,
                        services=environment.services,
                    )
                ),
            ]
        ),
        cors=CorsPolicy(environment.cors_origins),
        deadline=deadline,
        hsts_max_age_s=environment.hsts_max_age_s,
    )


def _service_routes(services: list[Service]) -> Iterator[Route]:
    for service in services:
        yield from service.routes
