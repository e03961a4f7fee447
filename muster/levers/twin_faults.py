"""What a twin says is broken on purpose: GET /_twin/faults of its endpoint (docs/twin.md).

Decides what its answer means in the tool's words. Asking costs a few milliseconds, where the `twin`
command would have to be started; and it is the twin acted on that answers.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from muster.calls import Clients
from muster.errors import CallFailed
from muster.levers.interface import side
from muster.model import StandingFault

PATH = "/_twin/faults"
OF_A_REGION = ("region-kill", "network-cut", "replication-pause")
"""One of each side that a Region has."""
OF_NO_REGION = ("control-stop", "edge-stop")


class TwinFaults:
    """The faults of the twin that is acted on."""

    def __init__(self, clients: Clients) -> None:
        """Nothing is asked yet."""
        self._clients = clients

    async def read(self) -> tuple[StandingFault, ...]:
        """Those that stand. Raises CallFailed, Unreachable."""
        body = await self._clients.fetch(PATH)
        try:
            return tuple(meant(json.loads(body)["faults"]))
        except (ValueError, TypeError, KeyError) as exc:
            at, why = self._clients.endpoint_url or "", f"{type(exc).__name__}: {exc}"
            raise CallFailed("twin", PATH, at, "NotUnderstood", why) from exc


def sides(regions: Iterable[str]) -> tuple[str, ...]:
    """Everything of which the twin says whether it is broken."""
    of_regions = (side(kind, region) for region in regions for kind in OF_A_REGION)
    return (*(side(kind, None) for kind in OF_NO_REGION), *of_regions)


def meant(told: Iterable[Any]) -> Iterator[StandingFault]:
    """What the twin tells, in the tool's words. Raises KeyError, TypeError, ValueError."""
    for one in told:
        until = one["until_s"]
        delay_ms = float(one.get("delay_ms") or 0.0)
        yield StandingFault(
            kind=str(one["name"]),
            region=str(one["region"]) if one["region"] else None,
            parameters={"delay_ms": delay_ms} if delay_ms else {},
            until_epoch_s=None if until is None else float(until),
        )
