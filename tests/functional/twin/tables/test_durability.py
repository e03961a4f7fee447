"""kill -9 at any moment loses no acknowledged write."""

import threading
from functools import partial
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.functional.twin.tables.conftest import HOME, PEER, RegionProcesses
from tests.waiting import eventually
from twin.settings import TwinSettings

WRITERS = 3


class Writer(threading.Thread):
    """Writes rising numbers to items of its own until the Region is gone; knows what was taken."""

    def __init__(self, world: RegionProcesses, name: str) -> None:
        super().__init__(daemon=True)
        self.acknowledged: dict[str, int] = {}
        self.tried: dict[str, int] = {}
        self._client = world.client(HOME)
        self._name = name

    def run(self) -> None:
        number = 0
        while True:
            number += 1
            item = f"{self._name}-{number % 7}"
            self.tried[item] = number
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


def busy(writers: list[Writer]) -> bool:
    return all(sum(writer.acknowledged.values()) > 500 for writer in writers)


def numbers(world: RegionProcesses, region: str) -> dict[str, int]:
    found = world.client(region).scan(TableName="items")["Items"]
    return {image["id"]["S"]: int(image["n"]["N"]) for image in found}


@pytest.mark.parametrize("fsync", [False, True])
def test_kill_9_under_load_loses_no_acknowledged_write(world: RegionProcesses, fsync: bool) -> None:
    world.configure(TwinSettings(speed=10.0, fsync=fsync))
    world.start(HOME, PEER)
    world.create_table(PEER)
    for turn in range(3):
        writers = [Writer(world, f"{turn}-{number}") for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        eventually(partial(busy, writers), within_s=20.0)
        world.kill(HOME)
        for writer in writers:
            writer.join(10)
        world.start(HOME)
        here = numbers(world, HOME)
        for writer in writers:
            for item, number in writer.acknowledged.items():
                assert number <= here[item] <= writer.tried[item]

    world.settle(HOME, PEER)
    assert numbers(world, PEER) == numbers(world, HOME)
    for item, number in numbers(world, HOME).items():
        twin = numbers(world, HOME).get(f"{item}-transacted")
        assert twin is None or twin <= number


def test_a_log_cut_off_in_its_last_record_starts_and_says_so(
    world: RegionProcesses, tmp_path: Path
) -> None:
    world.start(HOME)
    home = world.create_table()
    home.put_item(TableName="items", Item={"id": {"S": "a"}})
    home.put_item(TableName="items", Item={"id": {"S": "b"}})
    world.kill(HOME)
    (log,) = (world.instance.region_state(HOME) / "tables").glob("log-*")
    log.write_bytes(log.read_bytes()[:-5])
    world.start(HOME)

    assert home.scan(TableName="items")["Items"] == [{"id": {"S": "a"}}]


def test_a_stop_is_clean_and_what_was_there_is_there_again(world: RegionProcesses) -> None:
    world.start(HOME)
    home = world.create_table()
    home.put_item(TableName="items", Item={"id": {"S": "a"}})
    world.stop(HOME)
    world.start(HOME)

    assert home.scan(TableName="items")["Items"] == [{"id": {"S": "a"}}]


def test_memory_and_log_stay_bounded_under_overwrites(world: RegionProcesses) -> None:
    """Overwriting one key keeps neither items nor, once folded, records."""
    world.start(HOME)
    home = world.create_table()
    image = {"id": {"S": "a"}, "pad": {"S": "x" * 20_000}}
    home.put_item(TableName="items", Item=image)
    folder = world.instance.region_state(HOME) / "tables"
    for number in range(1500):
        home.put_item(TableName="items", Item={**image, "n": {"N": str(number)}})

    eventually(lambda: list(folder.glob("base-*")), within_s=10.0)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 20_000_000
    world.kill(HOME)
    world.start(HOME)
    found = home.get_item(TableName="items", Key={"id": {"S": "a"}})["Item"]
    assert found["n"] == {"N": "1499"}
