"""Calls to the other Regions' processes, over kept-alive connections on loopback.

    POST /_twin/replication/apply    versions to take; 200 {"gone": [id, ...]}
    POST /_twin/replication/tables   make or remove a replica
    POST /_twin/replication/horizon  {table: time}: no older version will come from there any more
    POST /_twin/replication/member   since when the caller is a member of a table; null: it is none

A Region that refuses (it is paused, or has a rule against it) answers 409 with the reason.
"""

import json
from typing import Any

import aiohttp

from twin.core.faults import CLEAR_NETWORK, NetworkState
from twin.runtime.instance import Instance, internal_url

TIMEOUT_S = 5.0
"""Bounds real work, so that a frozen Region counts as away; never scaled."""
START_TIMEOUT_S = 60.0
"""How long the gateway may take to start a Region that has never run."""


class PeerUnreachable(Exception):
    """The Region's process does not answer."""


class PeerRefused(Exception):
    """The Region's process said no; the message is meant for the caller."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class PeerClient:
    """The other Regions of this twin."""

    def __init__(self, instance: Instance, region: str, session: aiohttp.ClientSession) -> None:
        self._instance = instance
        self._region = region
        self._session = session
        self.network: NetworkState = CLEAR_NETWORK
        """What is between the Regions; over a cut way nobody is asked."""

    async def close(self) -> None:
        """Let go of the connections."""
        await self._session.close()

    async def apply(self, peer: str, versions: list[str]) -> list[str]:
        """Hand over versions as JSON texts; identities of tables that the peer does not have."""
        body = f'{{"from":"{self._region}","c":[{",".join(versions)}]}}'
        answer = await self._post(peer, "apply", body)
        return [str(table_id) for table_id in answer["gone"]]

    async def tables(self, peer: str, order: dict[str, Any]) -> dict[str, Any]:
        """Have a replica made or removed."""
        return await self._post(peer, "tables", json.dumps({**order, "from": self._region}))

    async def tables_of_any(self, peer: str, order: dict[str, Any]) -> dict[str, Any]:
        """The same, starting the Region if it has never run."""
        try:
            return await self.tables(peer, order)
        except PeerUnreachable:
            await self._start(peer)
            return await self.tables(peer, order)

    async def horizon(self, peer: str, tables: list[str]) -> dict[str, int]:
        """From which time on versions of these tables may still come, by table."""
        answer = await self._post(
            peer, "horizon", json.dumps({"from": self._region, "tables": tables})
        )
        return {str(name): int(time_us) for name, time_us in answer.items()}

    async def member_since(self, peer: str, table_id: str) -> float | None:
        """Since when this Region is a member of a table by the peer's books; None: it is none."""
        body = json.dumps({"from": self._region, "g": table_id})
        since = (await self._post(peer, "member", body))["since"]
        return None if since is None else float(since)

    async def _start(self, peer: str) -> None:
        target = internal_url(self._instance.gateway_address, f"/_twin/regions/{peer}")
        timeout = aiohttp.ClientTimeout(total=START_TIMEOUT_S)
        try:
            async with self._session.post(target, timeout=timeout) as response:
                if response.status != 200:
                    raise PeerUnreachable(
                        f"{peer} is down: start it with `twin region start {peer}`"
                    )
        except (aiohttp.ClientError, TimeoutError, OSError) as exc:
            raise PeerUnreachable(
                f"{peer} does not run, and the gateway can't start it: {exc}"
            ) from exc

    async def _post(self, peer: str, what: str, body: str) -> dict[str, Any]:
        if self.network.link_between(self._region, peer).cut:
            raise PeerUnreachable(f"{peer} can't be reached: the network is cut")
        target = internal_url(self._instance.region_address(peer), f"/_twin/replication/{what}")
        timeout = aiohttp.ClientTimeout(total=TIMEOUT_S)
        try:
            async with self._session.post(target, data=body.encode(), timeout=timeout) as response:
                answer: dict[str, Any] = await response.json(content_type=None)
                status = response.status
        except TimeoutError as exc:
            raise PeerUnreachable(f"{peer} does not answer within {TIMEOUT_S:g} s") from exc
        except (aiohttp.ClientError, OSError, ValueError) as exc:
            raise PeerUnreachable(f"{peer} does not answer: {exc}") from exc
        if status == 409:
            raise PeerRefused(str(answer["message"]), str(answer.get("code", "")))
        if status != 200:
            raise PeerUnreachable(f"{peer} answered {status}: {answer}")
        return answer
