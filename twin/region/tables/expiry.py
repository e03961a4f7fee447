"""Deletes expired items in the background.

DynamoDB "typically deletes expired items within two days of expiration"; until then they are read
and written as others. The twin deletes them EXPIRY_DELAY_S after their time, divided by its speed
(a simplification).
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html

An item of a global table is deleted in the Region that wrote it last, and the deletion is
replicated. Other Regions wait OTHER_REGION_DELAY_S longer, in case that Region is lost. AWS does
not document which Region deletes.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Iterator

from common.clock import Clock
from twin.core.cloudwatch.metrics import MetricAccumulator, metric_samples
from twin.core.tables.table_engine import Image, ItemChange, TableApiError
from twin.internal_api.schemas import MetricSample
from twin.region.tables.storage.store import TableStore
from twin.region.tables.storage.table_state import TableState

log = logging.getLogger(__name__)

EXPIRY_DELAY_S = 600.0
OTHER_REGION_DELAY_S = 300.0
CHECK_S = 60.0
MIN_CHECK_S = 0.5
"""Real time, however fast the twin is."""
ITEMS_PER_WRITE = 25
NAMESPACE = "AWS/DynamoDB"


class ItemExpiry:
    """Expires the items of one Region's tables."""

    def __init__(self, *, store: TableStore, clock: Clock, speed: float) -> None:
        self._store = store
        self._clock = clock
        self._speed = speed
        self._deleted: defaultdict[str, MetricAccumulator] = defaultdict(MetricAccumulator)

    async def run(self) -> None:
        """Delete expired items until cancelled."""
        while True:
            await self._clock.sleep(max(CHECK_S / self._speed, MIN_CHECK_S))
            await self.delete_expired()

    async def delete_expired(self) -> None:
        """Delete the items of all tables that are due."""
        for state in list(self._store.tables.values()):
            if self._store.tables.get(state.name) is not state:
                continue  # deleted while another table's items were
            try:
                await self._delete_expired_of(state)
            except TableApiError as exc:
                log.error("expired items of %s stay: %s", state.name, exc.message)

    async def _delete_expired_of(self, state: TableState) -> None:
        ttl = self._store.engine.settings(state.name).shared["ttl"]
        if state.is_creating or not ttl["enabled"]:
            return
        due = [key for key in self._expired_keys(state) if self._is_due_here(state, key)]
        for start in range(0, len(due), ITEMS_PER_WRITE):
            chunk = due[start : start + ITEMS_PER_WRITE]
            await asyncio.sleep(0)
            if self._store.tables.get(state.name) is not state:
                return
            self._delete(state, chunk)

    def _delete(self, state: TableState, keys: list[Image]) -> None:
        """Delete items, unless they were changed while others were deleted."""
        still_expired = self._store.engine.expired_keys(state.name, self._expired_before(), keys)
        if still_expired:
            self._commit(state.name, still_expired)
            self._deleted[state.name].add(times=len(still_expired))

    def _commit(self, name: str, keys: tuple[Image, ...]) -> None:
        """Raises TableApiError with nothing changed."""
        engine = self._store.engine
        images = [engine.get_image(name, key) for key in keys]
        for key in keys:
            engine.remove_item(name, key)
        self._store.commit_items(
            tuple(
                ItemChange(table=name, key=key, before=image, after=None, is_expiry=True)
                for key, image in zip(keys, images, strict=True)
            )
        )

    def _expired_keys(self, state: TableState) -> tuple[Image, ...]:
        return self._store.engine.expired_keys(state.name, self._expired_before())

    def _is_due_here(self, state: TableState, key: Image) -> bool:
        stamp = state.stamps.get(state.item_key(key))
        if not state.peers or stamp is None or stamp.region == self._store.region:
            return True
        later = self._expired_before() - OTHER_REGION_DELAY_S / self._speed
        return bool(self._store.engine.expired_keys(state.name, later, [key]))

    def _expired_before(self) -> float:
        return self._clock.now() - EXPIRY_DELAY_S / self._speed

    def take_metrics(self) -> Iterator[MetricSample]:
        """TimeToLiveDeletedItemCount of each table since the last call.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
        """
        for table, deleted in self._deleted.items():
            dimensions = {"TableName": table}
            yield from metric_samples(
                NAMESPACE, "TimeToLiveDeletedItemCount", deleted.take(), dimensions
            )
