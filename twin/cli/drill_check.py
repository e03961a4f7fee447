"""Keeps commands that change the twin off a system that a drill is measuring.

The drill's lease is in the deployed stack's control table. It is read from the Regions' processes
themselves, so neither the gateway, nor the network, nor permissions are in the way. The operator's
tool, which looks at the lease itself, runs `twin` with TWIN_DURING_DRILL=1.
"""

import json
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps
from typing import Any
from urllib.parse import urlencode

import click

from common.clock import SystemClock
from common.command.confirmation import NOT_CONFIRMED, Ask, ask_on_terminal
from common.drill_lease import ITEM_ID, LeasedDrill, describe_drill_under_way, parse_lease_item
from common.files.regular_file import read_regular_file
from twin.errors import DrillUnderWay, NotRunning
from twin.internal_api.client import send_internal_request
from twin.runtime import roles
from twin.runtime.instance import Instance
from twin.runtime.process_info import read_process
from twin.runtime.roles import ProcessState
from twin.runtime.run_files import process_state

OPTION = "--during-drill"
VARIABLE = "TWIN_DURING_DRILL"


def keeps_off_drills(command: Callable[..., None]) -> Callable[..., None]:
    """Make a command refuse to change anything during a drill, and add `--during-drill`.

    The command's first argument is the Instance. Raises DrillUnderWay.
    """

    @click.option(
        OPTION, is_flag=True, envvar=VARIABLE, help="Act even though a drill is under way."
    )
    @wraps(command)
    def checked(instance: Instance, *arguments: Any, during_drill: bool, **options: Any) -> None:  # noqa: ANN401 - the command's own
        require_no_drill(instance, during_drill=during_drill)
        command(instance, *arguments, **options)

    return checked


def require_no_drill(instance: Instance, *, during_drill: bool, way: str = OPTION) -> None:
    """Raise DrillUnderWay while a drill is under way, unless `during_drill` or a person agrees.

    `way` is what the caller has to be given to act all the same.
    """
    drill = find_drill(instance)
    if drill is None:
        return
    if is_over(drill, SystemClock().now()):
        click.echo(
            f"! {drill.describe()} was left unfinished:"
            " `muster drill rollback --from-lease` restores what it found",
            err=True,
        )
        return
    decide(drill, during_drill=during_drill, way=way, ask=ask_on_terminal())


def decide(drill: LeasedDrill, *, during_drill: bool, way: str, ask: Ask | None) -> None:
    """Raise DrillUnderWay unless the change is meant; `ask`: None without a terminal."""
    words = describe_drill_under_way(drill)
    if during_drill:
        click.echo(f"! {words}", err=True)
        return
    if ask is None:
        raise DrillUnderWay(f"{words}; a change would spoil it, {way} makes it all the same")
    if not ask(f"{words}; a change would spoil it. Make it all the same?"):
        raise DrillUnderWay(NOT_CONFIRMED)


def is_over(drill: LeasedDrill, now: float) -> bool:
    """Whether the lease has expired, or its process on this machine has ended."""
    if drill.until <= now:
        return True
    if not drill.progress.pid or drill.host != socket.gethostname():
        return False
    process = read_process(drill.progress.pid)
    return process is None or process.has_ended


def find_drill(instance: Instance) -> LeasedDrill | None:
    """The drill of the newest lease in any Region that answers; None without a stack or a lease."""
    table = _control_table(instance)
    regions = [
        region
        for region in roles.started_regions(instance)
        if process_state(instance, roles.region_role(region)) is not ProcessState.FROZEN
    ]
    if not table or not regions:
        return None
    with ThreadPoolExecutor(len(regions)) as pool:
        found = pool.map(lambda region: _read_lease(instance, region, table), regions)
        return max(filter(None, found), key=lambda drill: drill.until, default=None)


def _control_table(instance: Instance) -> str:
    """Its name by the outputs of the last deployment; empty without one."""
    try:
        outputs = json.loads(read_regular_file(instance.home / "outputs.json"))
        return str(outputs.get("control_table") or "")
    except (OSError, ValueError, AttributeError):
        return ""


def _read_lease(instance: Instance, region: str, table: str) -> LeasedDrill | None:
    key = json.dumps({"item_id": {"S": ITEM_ID}})
    path = f"/_twin/item?{urlencode({'table': table, 'key': key})}"
    try:
        answer = send_internal_request("GET", instance.region_address(region), path)
        item = json.loads(answer.body) if answer.status == 200 else {}
    except (NotRunning, ValueError):
        return None
    return parse_lease_item(item)
