"""HTTP client for the other Regions' processes.

    POST /_twin/replication/apply    versions to apply; 200 {"gone": [table id, ...]}
    POST /_twin/replication/tables   create or drop a replica
    POST /_twin/replication/horizon  {table id: watermark}
    POST /_twin/replication/member   since when the caller is a member of a table; null: it is not

A Region that refuses a call (it is paused, or a rule forbids the change) answers 409 with the
reason.
"""

import json
from typing import Any

import aiohttp

from twin.core.faults import CLEAR_NETWORK, NetworkState
from twin.runtime.instance import Instance, internal_url

TIMEOUT_S = 5.0
"""Real time, never scaled; a frozen Region counts as unreachable after it."""
START_TIMEOUT_S = 60.0
"""For the first start of a Region by the gateway."""


class PeerUnreachable(Exception):
    """The Region's process does not answer."""


class PeerRefused(Exception):
    """The Region's process refused the call; the message is for the API's caller."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class PeerClient:
    def __init__(self, instance: Instance, region: str, session: aiohttp.ClientSession) -> None:
        self._instance = instance
        self._region = region
        self._session = session
        self.network: NetworkState = CLEAR_NETWORK
        """The network faults; no call goes over a cut link."""

    async def close(self) -> None:
        await self._session.close()

    async def send_versions(self, peer: str, versions: list[str]) -> list[str]:
        """Send versions as JSON texts; the ids of tables that the peer does not have."""
        body = f'{{"from":"{self._region}","c":[{",".join(versions)}]}}'
        answer = await self._post(peer, "apply", body)
        return [str(table_id) for table_id in answer["gone"]]

    async def create_replica(self, peer: str, order: dict[str, Any]) -> None:
        """Have the peer create a replica; starts the Region if it has never run."""
        body = json.dumps({"op": "create", **order, "from": self._region})
        try:
            await self._post(peer, "tables", body)
        except PeerUnreachable:
            await self._start(peer)
            await self._post(peer, "tables", body)

    async def drop_replica(self, peer: str, table: str, table_id: str) -> None:
        """Have the peer drop its replica."""
        order = {"op": "drop", "t": table, "g": table_id, "from": self._region}
        await self._post(peer, "tables", json.dumps(order))

    async def watermarks(self, peer: str, table_ids: list[str]) -> dict[str, int]:
        """Table id -> time (us) before which the peer will send no version of it."""
        answer = await self._post(
            peer, "horizon", json.dumps({"from": self._region, "tables": table_ids})
        )
        return {str(table_id): int(time_us) for table_id, time_us in answer.items()}

    async def member_since(self, peer: str, table_id: str) -> float | None:
        """Since when this Region is a member of the table in the peer's view; None: it is not."""
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

    async def _post(self, peer: str, endpoint: str, body: str) -> dict[str, Any]:
        if self.network.link_between(self._region, peer).cut:
            raise PeerUnreachable(f"{peer} can't be reached: the network is cut")
        target = internal_url(self._instance.region_address(peer), f"/_twin/replication/{endpoint}")
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
