"""kill -9 at any moment loses no acknowledged write."""

import os
import threading
from functools import partial
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.functional.twin.region.tables.conftest import HOME, PEER, RegionProcesses
from tests.waiting import eventually
from twin.runtime.damaged_state import find_damaged, list_state_files
from twin.settings import TwinSettings

WRITERS = 3


class Writer(threading.Thread):
    """Writes rising numbers to its own items until the Region dies, and records what it wrote."""

    def __init__(self, regions: RegionProcesses, name: str) -> None:
        super().__init__(daemon=True)
        self.acknowledged: dict[str, int] = {}
        self.attempted: dict[str, int] = {}
        self._client = regions.client(HOME)
        self._name = name

    def run(self) -> None:
        number = 0
        while True:
            number += 1
            item = f"{self._name}-{number % 7}"
            self.attempted[item] = number
            try:
                if number % 5 == 0:
                    self._transact(item, number)
                else:
                    self._put(item, number)
            except (BotoCoreError, ClientError):
                return
            self.acknowledged[item] = number

    def _put(self, item: str, number: int) -> None:
        image = {"id": {"S": item}, "n": {"N": str(number)}, "pad": {"S": "x" * 500}}
        self._client.put_item(TableName="items", Item=image)

    def _transact(self, item: str, number: int) -> None:
        twins = [
            {"id": {"S": name}, "n": {"N": str(number)}} for name in (item, f"{item}-transacted")
        ]
        self._client.transact_write_items(
            TransactItems=[{"Put": {"TableName": "items", "Item": image}} for image in twins]
        )


def have_written_enough(writers: list[Writer]) -> bool:
    return all(sum(writer.acknowledged.values()) > 500 for writer in writers)


def numbers(regions: RegionProcesses, region: str) -> dict[str, int]:
    found = regions.client(region).scan(TableName="items")["Items"]
    return {image["id"]["S"]: int(image["n"]["N"]) for image in found}


@pytest.mark.parametrize("fsync", [False, True])
def test_kill_9_under_load_loses_no_acknowledged_write(
    regions: RegionProcesses, fsync: bool
) -> None:
    regions.configure(TwinSettings(speed=10.0, fsync=fsync))
    regions.start(HOME, PEER)
    regions.create_table(PEER)
    for turn in range(3):
        writers = [Writer(regions, f"{turn}-{number}") for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        eventually(partial(have_written_enough, writers), within_s=20.0)
        regions.kill(HOME)
        for writer in writers:
            writer.join(10)
        regions.start(HOME)
        here = numbers(regions, HOME)
        for writer in writers:
            for item, number in writer.acknowledged.items():
                assert number <= here[item] <= writer.attempted[item]

    regions.settle(HOME, PEER)
    assert numbers(regions, PEER) == numbers(regions, HOME)
    for item, number in numbers(regions, HOME).items():
        twin = numbers(regions, HOME).get(f"{item}-transacted")
        assert twin is None or twin <= number


def test_a_region_starts_with_a_torn_last_record(regions: RegionProcesses, tmp_path: Path) -> None:
    regions.start(HOME)
    home = regions.create_table()
    home.put_item(TableName="items", Item={"id": {"S": "a"}})
    home.put_item(TableName="items", Item={"id": {"S": "b"}})
    regions.kill(HOME)
    (log,) = (regions.instance.region_state(HOME) / "tables").glob("log-*")
    log.write_bytes(log.read_bytes()[:-5])
    regions.start(HOME)

    assert home.scan(TableName="items")["Items"] == [{"id": {"S": "a"}}]


def test_a_region_starts_with_a_damaged_record(regions: RegionProcesses) -> None:
    regions.start(HOME)
    home = regions.create_table()
    for item in ("a", "b", "c"):
        home.put_item(TableName="items", Item={"id": {"S": f"item-{item}"}})
    regions.kill(HOME)
    (log,) = (regions.instance.region_state(HOME) / "tables").glob("log-*")
    log.write_bytes(log.read_bytes().replace(b"item-b", b"item-x"))

    regions.start(HOME)

    found = {item["id"]["S"] for item in home.scan(TableName="items")["Items"]}
    assert found == {"item-a", "item-c"}
    (kept,) = find_damaged(regions.instance.state_dir)
    assert b"item-x" in kept.read_bytes()
    home.put_item(TableName="items", Item={"id": {"S": "item-b"}})
    regions.kill(HOME)
    regions.start(HOME)
    assert len(home.scan(TableName="items")["Items"]) == 3


def test_a_region_starts_with_fifos_in_place_of_its_files(regions: RegionProcesses) -> None:
    regions.start(HOME)
    regions.create_table()
    regions.kill(HOME)
    files = [path for path in list_state_files(regions.instance.state_dir) if path.is_file()]
    assert {path.name.partition("-")[0] for path in files} >= {"log", "lock"}
    for path in files:
        path.unlink()
        os.mkfifo(path)

    regions.start(HOME)

    assert regions.create_table().scan(TableName="items")["Items"] == []
    assert len(find_damaged(regions.instance.state_dir)) == len(files)


def test_items_survive_a_clean_stop(regions: RegionProcesses) -> None:
    regions.start(HOME)
    home = regions.create_table()
    home.put_item(TableName="items", Item={"id": {"S": "a"}})
    regions.stop(HOME)
    regions.start(HOME)

    assert home.scan(TableName="items")["Items"] == [{"id": {"S": "a"}}]
