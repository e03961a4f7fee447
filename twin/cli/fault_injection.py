"""Beginning and ending faults from the command line.

A fault is written down first, then every process is told to look; a process that does not hear it
finds out by itself (twin.faults.watch). So a command that is cut short leaves a fault that ends in
time, never one that nobody knows of.
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
from twin.runtime import processes, roles
from twin.runtime.instance import Instance
from twin.runtime.roles import ProcessState

CLOCK = SystemClock()
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}

Command = Callable[..., Any]


class SecondsType(click.ParamType[float]):
    """A number of seconds, or as `muster` writes it: 30s, 2m, 1h."""

    name = "SECONDS"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Seconds."""
        text = str(value)
        unit = UNITS.get(text[-1:])
        try:
            return float(text[:-1]) * unit if unit else float(text)
        except ValueError:
            self.fail(f"{value!r} is not a time such as 30, 30s, 2m or 1h", param, ctx)


def for_option(command: Command) -> Command:
    """`--for SECONDS`."""
    return click.option(
        "--for",
        "for_s",
        type=SecondsType(),
        metavar="SECONDS",
        help="It ends by itself after this (30, 30s, 2m, 1h); real time, at any speed.",
    )(command)


def begin_fault(
    instance: Instance, kind: FaultKind, role: str, for_s: float | None, delay_ms: float = 0.0
) -> Fault:
    """Write a fault down and have it put in force. Raises UsageError, NotRunning."""
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
        _must_have_a_keeper(instance)
    _change(instance, lambda faults: faults.with_fault(fault))
    return fault


def _must_have_a_keeper(instance: Instance) -> None:
    if processes.state(instance, roles.GATEWAY) is not ProcessState.RUNNING:
        raise NotRunning(
            "nobody would end it: the gateway does, and is not running; `twin up` first, or leave "
            "--for away"
        )


def end_faults(instance: Instance, role: str, kinds: frozenset[FaultKind]) -> bool:
    """End the faults of these kinds of this process; whether there was any."""
    before = read_faults(instance)
    return _change(instance, lambda faults: faults.without_kinds(role, kinds)) != before


def _change(instance: Instance, how: Callable[[Faults], Faults]) -> Faults:
    after = update_faults(instance, how)
    told = [r for r in roles.all_roles(instance) if r != roles.CONTROL]
    with ThreadPoolExecutor(len(told)) as pool:
        list(pool.map(lambda role: _tell(instance, role), told))
    return after


def _tell(instance: Instance, role: str) -> None:
    if processes.state(instance, role) is not ProcessState.RUNNING:
        return
    try:
        send_request(roles.internal_address(instance, role), "POST", "/_twin/faults")
    except NotRunning:
        return  # it looks by itself within a moment, or when it starts


def describe_for(for_s: float | None) -> str:
    """`, for 30 s`, or nothing."""
    return "" if for_s is None else f", for {for_s:g} s"
