"""Beginning and ending faults from the command line.

A fault is written down first, then every process is told to look; a process that does not hear it
finds out by itself (twin.fault_feed). So a command that is cut short leaves a fault that ends in
time, never one that nobody knows of.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import click

from twin import fault_book, inner, processes, roles
from twin.clock import SystemClock
from twin.core.faults import PROCESS, Fault, Faults, Kind, checked
from twin.errors import NotRunning
from twin.instance import Instance
from twin.roles import ProcessState

CLOCK = SystemClock()
UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}

Command = Callable[..., Any]


class Seconds(click.ParamType[float]):
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
        type=Seconds(),
        metavar="SECONDS",
        help="It ends by itself after this (30, 30s, 2m, 1h); real time, at any speed.",
    )(command)


def begin(
    instance: Instance, kind: Kind, role: str, for_s: float | None, delay_ms: float = 0.0
) -> Fault:
    """Write a fault down and have it put in force. Raises UsageError, NotRunning."""
    now = CLOCK.now()
    fault = checked(
        Fault(
            kind=kind,
            role=role,
            region=roles.region_of(role) or "",
            since_s=now,
            until_s=None if for_s is None else now + for_s,
            delay_ms=delay_ms,
        )
    )
    if kind in PROCESS and for_s is not None:
        _must_have_a_keeper(instance)
    _change(instance, lambda faults: faults.begun(fault))
    return fault


def _must_have_a_keeper(instance: Instance) -> None:
    if processes.state(instance, roles.GATEWAY) is not ProcessState.RUNNING:
        raise NotRunning(
            "nobody would end it: the gateway does, and is not running; `twin up` first, or leave "
            "--for away"
        )


def end(instance: Instance, role: str, kinds: frozenset[Kind]) -> bool:
    """End the faults of these kinds of this process; whether there was any."""
    before = fault_book.read(instance)
    return _change(instance, lambda faults: faults.ended(role, kinds)) != before


def _change(instance: Instance, how: Callable[[Faults], Faults]) -> Faults:
    after = fault_book.change(instance, how)
    told = [r for r in roles.every(instance) if r != roles.CONTROL]
    with ThreadPoolExecutor(len(told)) as pool:
        list(pool.map(lambda role: _tell(instance, role), told))
    return after


def _tell(instance: Instance, role: str) -> None:
    if processes.state(instance, role) is not ProcessState.RUNNING:
        return
    try:
        inner.call(roles.inner_address(instance, role), "POST", "/_twin/faults")
    except NotRunning:
        return  # it looks by itself within a moment, or when it starts


def words(for_s: float | None) -> str:
    """`, for 30 s`, or nothing."""
    return "" if for_s is None else f", for {for_s:g} s"
