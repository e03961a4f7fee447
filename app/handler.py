"""What Lambda loads: `app.handler.handle`. Wires the parts once, when the module is imported."""

import os
import sys

from app.application import make_application
from app.clock import SystemClock
from app.entry import EntryPoint
from app.environment import read_environment
from app.ids import new_item_id
from app.logs import RequestLog
from app.table import make_dynamodb_client, make_time_budget


def _make_entry_point() -> EntryPoint:
    environment = read_environment(os.environ)
    clock = SystemClock()
    log = RequestLog(
        _write,
        region=environment.region,
        clock=clock,
        sample_percent=environment.log_sample_percent,
    )
    budget = make_time_budget(environment.table_budget_s)
    application = make_application(
        environment,
        make_dynamodb_client(environment.region, budget),
        budget=budget,
        clock=clock,
        log=log,
        new_id=new_item_id,
    )
    return EntryPoint(application, clock=clock, log=log)


def _write(line: str) -> None:
    """Read sys.stdout at each line: the runtime may replace it after the import."""
    sys.stdout.write(line)


handle = _make_entry_point().handle
