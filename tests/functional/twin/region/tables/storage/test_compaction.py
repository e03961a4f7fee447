"""The log and the memory of a Region that overwrites items."""

from tests.functional.twin.region.tables.conftest import HOME, RegionProcesses
from tests.waiting import eventually


def test_memory_and_log_stay_bounded_under_overwrites(regions: RegionProcesses) -> None:
    """Overwritten items are not kept, neither in memory nor, after compaction, in the log."""
    regions.start(HOME)
    home = regions.create_table()
    image = {"id": {"S": "a"}, "pad": {"S": "x" * 20_000}}
    home.put_item(TableName="items", Item=image)
    folder = regions.instance.region_state(HOME) / "tables"
    for number in range(1500):
        home.put_item(TableName="items", Item={**image, "n": {"N": str(number)}})

    eventually(lambda: list(folder.glob("base-*")), within_s=10.0)
    assert sum(path.stat().st_size for path in folder.iterdir()) < 20_000_000
    regions.kill(HOME)
    regions.start(HOME)
    found = home.get_item(TableName="items", Key={"id": {"S": "a"}})["Item"]
    assert found["n"] == {"N": "1499"}
