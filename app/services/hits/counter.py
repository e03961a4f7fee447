"""Counts a hit: read the shards, add to the own one, add up.

The other Regions' shards are as they are seen here. The own one is what the update returns: a read
after it could show another invocation's hit.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.clock import Clock
from app.errors import ConditionFailed
from app.services.hits.shards import (
    Shard,
    Shards,
    count_hits,
    has_request,
    parse_shard,
    parse_shards,
    plan_hit,
    shard_key,
)
from app.table import Table


@dataclass(frozen=True, slots=True, kw_only=True)
class HitCount:
    """What a client's counter says in this Region."""

    hits: Mapping[str, int]
    """By the Region that counted them."""
    repeated: bool = False
    """The request had been counted before, perhaps by an attempt whose answer was lost."""

    @property
    def total(self) -> int:
        return sum(self.hits.values())


class HitCounter:
    """Counts hits in one Region. All methods raise TableUnavailable."""

    def __init__(self, table: Table, *, region: str, clock: Clock) -> None:
        self._table = table
        self._region = region
        self._clock = clock

    def read(self, client: str) -> HitCount:
        return HitCount(hits=count_hits(self._read(client)))

    def add(self, client: str, request: str) -> HitCount:
        """Count a hit; `request` is the key of the request, empty without an id.

        A condition that fails shows the shard as it is now, not as it was read. The second write
        tidies nothing, so its only condition is that the request has not been counted.

        Raises TooManyRequests.
        """
        shards = self._read(client)
        for tidy in (True, False):
            if has_request(shards, request):
                break
            try:
                return self._write(client, shards, request, tidy=tidy)
            except ConditionFailed as exc:
                shards[self._region] = parse_shard(exc.item or {})
        return HitCount(hits=count_hits(shards), repeated=True)

    def _read(self, client: str) -> dict[str, Shard]:
        return parse_shards(
            self._table.query_all(
                "#client = :client",
                names={"#client": "client"},
                values={":client": {"S": client}},
            )
        )

    def _write(self, client: str, shards: Shards, request: str, *, tidy: bool) -> HitCount:
        plan = plan_hit(
            shards, self._region, request=request, now_s=int(self._clock.now()), tidy=tidy
        )
        updated = self._table.update(
            shard_key(client, self._region),
            plan.expression,
            names=plan.names,
            values=plan.values,
            condition=plan.condition,
            repeat=bool(request),
        )
        return HitCount(hits=count_hits({**shards, self._region: parse_shard(updated)}))
