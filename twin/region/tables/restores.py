"""RestoreTableToPointInTime: a new table with the items of another one at an earlier time.

The new table has the source's present keys, indexes, capacity and encryption; tags, stream, time to
live and recovery are not restored. Its items are written in slices, during which the table is
CREATING and hidden from item operations. A restore that a crash interrupts is dropped at the next
start.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_RestoreTableToPointInTime.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/PointInTimeRecovery_Howitworks.html
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from common.clock import Clock
from twin.core.tables.table_engine import Image, ItemChange, JsonObject, TableApiError
from twin.dynamodb.requests.table_arns import table_name
from twin.region.tables.storage.store import TableStore
from twin.region.tables.storage.table_state import TableState

log = logging.getLogger(__name__)

LATEST_DELAY_S = 300.0
"""The latest time that can be restored is this long ago: "typically five minutes"."""
ITEMS_PER_RECORD = 50
RETRY_S = 1.0
"""After the log could not be written."""


class TableRestores:
    """Restores tables of one Region."""

    def __init__(self, *, store: TableStore, clock: Clock, speed: float) -> None:
        self._store = store
        self._engine = store.engine
        self._clock = clock
        self._latest_delay_s = LATEST_DELAY_S / speed
        self._begun = asyncio.Event()

    def restore(self, request: JsonObject, make_id: Callable[[], str]) -> str:
        """Create the table; its items follow in the background. Raises TableApiError.

        Returns its name.
        """
        plan = self._engine.plan_restore(request)
        state = self._source(plan.source)
        earliest_s, latest_s = self.window_s(state)
        at_s = latest_s if plan.at_s is None else plan.at_s
        if not earliest_s <= at_s <= latest_s:
            raise TableApiError(
                "InvalidRestoreTimeException",
                "The restore time must be between EarliestRestorableDateTime "
                f"{_format_time(earliest_s)} and LatestRestorableDateTime "
                f"{_format_time(latest_s)}",
            )
        self._engine.create_table(plan.target, plan.settings_at(at_s))
        self._store.commit_created_table(plan.target, make_id())
        self._begun.set()
        return plan.target

    def _source(self, name: str) -> TableState:
        state = self._store.tables[name]
        if state.recovery is None:
            raise TableApiError(
                "PointInTimeRecoveryUnavailableException",
                f"Point in time recovery is not enabled for table '{name}'",
            )
        return state

    def window_s(self, state: TableState) -> tuple[float, float]:
        """The earliest and the latest time that can be restored."""
        earliest_s = self._store.histories.earliest_s(state)
        return earliest_s, max(earliest_s, self._clock.now() - self._latest_delay_s)

    def complete_description(self, description: dict[str, Any], name: str) -> None:
        """Set the window of a ContinuousBackupsDescription, in place."""
        recovery = description["PointInTimeRecoveryDescription"]
        state = self._store.tables.get(name)
        if state is None or recovery["PointInTimeRecoveryStatus"] != "ENABLED":
            return
        earliest_s, latest_s = self.window_s(state)
        recovery["EarliestRestorableDateTime"] = earliest_s
        recovery["LatestRestorableDateTime"] = latest_s

    async def run(self) -> None:
        """Fill restored tables until cancelled."""
        while True:
            self._begun.clear()
            if await self.fill_tables():
                await self._begun.wait()
            else:
                await self._clock.sleep(RETRY_S)

    async def fill_tables(self) -> bool:
        """Write the items of all tables that are being restored; False if one has to wait.

        One that can't be restored is dropped, as soon as the log can be written.
        """
        done = True
        for state in [s for s in self._store.tables.values() if s.is_restoring]:
            try:
                await self._fill(state)
            except TableApiError as exc:
                log.error("%s can't be restored: %s", state.name, exc.message)
                done &= self._drop(state)
        return done

    def _drop(self, state: TableState) -> bool:
        if self._store.tables.get(state.name) is not state:
            return True
        try:
            self._store.commit_drop(state.name)
        except TableApiError:
            return False
        return True

    async def _fill(self, target: TableState) -> None:
        restore = target.local_settings["restore"]
        source = self._store.tables.get(table_name(restore["SourceTableArn"]))
        if source is None or source.recovery is None:
            raise TableApiError("TableNotFoundException", "its source was deleted meanwhile")
        images = self._images(source, restore["RestoreDateTime"])
        for start in range(0, len(images), ITEMS_PER_RECORD):
            if self._store.tables.get(target.name) is not target:
                return
            self._store_items(target, images[start : start + ITEMS_PER_RECORD])
            await asyncio.sleep(0)
        if self._store.tables.get(target.name) is not target:
            return
        self._engine.set_setting(target.name, "restore", {**restore, "RestoreInProgress": False})
        self._store.commit_settings(target.name)
        log.info("%s restored from %s: %d items", target.name, source.name, len(images))

    def _store_items(self, target: TableState, images: list[Image]) -> None:
        changes = []
        for image in images:
            self._engine.put_image(target.name, image)
            key = {name: image[name] for name in target.key_names}
            changes.append(ItemChange(table=target.name, key=key, before=None, after=image))
        self._store.commit_items(tuple(changes))

    def _images(self, source: TableState, at_s: float) -> list[Image]:
        images = self._engine.all_images(source.name)
        present = ((source.item_key(image), image) for image in images)
        return list(self._store.histories.images_at(source, at_s, present).values())


def _format_time(time_s: float) -> str:
    return datetime.fromtimestamp(time_s, UTC).isoformat(timespec="milliseconds")
