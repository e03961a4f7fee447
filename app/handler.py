"""What Lambda loads: `app.handler.handle`. Wires the parts once, as the module is imported."""

import os
import sys

from app import client, settings
from app.clock import SystemClock
from app.entry import Entry
from app.health import HealthCheck
from app.logs import Log
from app.routes import Service
from app.store import Store


def _entry() -> Entry:
    environment = settings.from_environment(os.environ)
    region = environment.region
    clock = SystemClock()
    log = Log(_write, region=region, clock=clock)
    budget = client.budget(environment.table_budget_s)
    store = Store(
        client.dynamodb(region, budget),
        table=environment.table,
        control_table=environment.control_table,
        clock=clock,
        budget=budget,
    )
    health = HealthCheck(region=region, store=store, clock=clock, log=log, budget=budget)
    return Entry(Service(region=region, store=store, health=health), clock=clock, log=log)


def _write(line: str) -> None:
    """Looked up at each line: the runtime may put another stream in place after the import."""
    sys.stdout.write(line)


handle = _entry().handle
