"""What Lambda loads: `app.handler.handle`. Wires the parts once, when the module is imported."""

import os
import sys

from app.clock import SystemClock
from app.entry import EntryPoint
from app.environment import read_environment
from app.health import HealthCheck
from app.logs import RequestLog
from app.routes import RouteServices
from app.store import ItemStore, make_dynamodb_client, make_time_budget


def _make_entry_point() -> EntryPoint:
    environment = read_environment(os.environ)
    region = environment.region
    clock = SystemClock()
    log = RequestLog(_write, region=region, clock=clock)
    budget = make_time_budget(environment.table_budget_s)
    store = ItemStore(
        make_dynamodb_client(region, budget),
        table=environment.table,
        control_table=environment.control_table,
        clock=clock,
        budget=budget,
    )
    health = HealthCheck(region=region, store=store, clock=clock, log=log, budget=budget)
    return EntryPoint(
        RouteServices(region=region, store=store, health=health), clock=clock, log=log
    )


def _write(line: str) -> None:
    """Read sys.stdout at each line: the runtime may replace it after the import."""
    sys.stdout.write(line)


handle = _make_entry_point().handle
