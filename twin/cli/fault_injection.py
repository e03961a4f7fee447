"""Beginning and ending faults from the command line.

A fault is stored first, then every process is told to read the stored faults; a process that can't
be told reads them by itself (twin.faults.watch). So a command that is interrupted leaves a stored
fault, which has an end and is shown by `twin status`.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import click

from common.clock import SystemClock
from twin.core.faults import PROCESS_FAULTS, Fault, FaultKind, Faults, validate_fault
from twin.errors import NotRunning
from twin.faults.store import read_faults, update_faults
from twin.internal_api.client import send_request
from twin.runtime import roles
from twin.runtime.instance import Instance
from twin.runtime.roles import ProcessState
from twin.runtime.run_files import process_state

CLOCK = SystemClock()
SECONDS_PER_UNIT = {"s": 1.0, "m": 60.0, "h": 3600.0}


class SecondsType(click.ParamType[float]):
    """Seconds as a number, or with a unit as `muster` has it: 30s, 2m, 1h."""

    name = "SECONDS"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        text = str(value)
        unit_s = SECONDS_PER_UNIT.get(text[-1:])
        try:
            return float(text[:-1]) * unit_s if unit_s else float(text)
        except ValueError:
            self.fail(f"{value!r} is not a time such as 30, 30s, 2m or 1h", param, ctx)


def duration_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the option `--for SECONDS`, parameter `for_s`."""
    return click.option(
        "--for",
        "for_s",
        type=SecondsType(),
        metavar="SECONDS",
        help="It ends by itself after this (30, 30s, 2m, 1h); real time, at any speed.",
    )(command)


def begin_fault(
    instance: Instance, kind: FaultKind, role: str, for_s: float | None, delay_ms: float = 0.0
) -> None:
    """Store a fault and put it in force; without `for_s` it has no end.

    Raises UsageError, NotRunning.
    """
    now = CLOCK.now()
    fault = validate_fault(
        Fault(
            kind=kind,
            role=role,
            region=roles.region_of(role) or "",
            since_s=now,
            until_s=None if for_s is None else now + for_s,
            delay_ms=delay_ms,
        )
    )
    if kind in PROCESS_FAULTS and for_s is not None:
        _require_gateway(instance)
    _update(instance, lambda faults: faults.with_fault(fault))


def _require_gateway(instance: Instance) -> None:
    """The gateway ends timed faults of processes."""
    if process_state(instance, roles.GATEWAY) is not ProcessState.RUNNING:
        raise NotRunning(
            "nobody would end it: the gateway does, and is not running; `twin up` first, or leave "
            "--for away"
        )


def end_faults(instance: Instance, role: str, kinds: frozenset[FaultKind]) -> bool:
    """End the role's faults of these kinds; False if there was none."""
    before = read_faults(instance)
    return _update(instance, lambda faults: faults.without_kinds(role, kinds)) != before


def _update(instance: Instance, change: Callable[[Faults], Faults]) -> Faults:
    after = update_faults(instance, change)
    watchers = [role for role in roles.all_roles(instance) if role != roles.CONTROL]
    with ThreadPoolExecutor(len(watchers)) as pool:
        list(pool.map(lambda role: _notify(instance, role), watchers))
    return after


def _notify(instance: Instance, role: str) -> None:
    if process_state(instance, role) is not ProcessState.RUNNING:
        return
    try:
        send_request("POST", roles.internal_address(instance, role), "/_twin/faults")
    except NotRunning:
        return  # it reads the faults within half a second, or when it starts


def format_duration_limit(for_s: float | None) -> str:
    """`, for 30 s`; empty without a duration."""
    return "" if for_s is None else f", for {for_s:g} s"
