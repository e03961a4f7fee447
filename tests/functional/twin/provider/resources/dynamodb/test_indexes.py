"""Secondary indexes, on moto."""

from tests.functional.twin.provider.deployments import TABLE
from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle


def test_a_global_index_comes_and_goes(driver: Driver) -> None:
    by_day = {"name": "by-day", "hashKey": "day", "projectionType": "ALL"}
    attributes = [*TABLE["attributes"], {"name": "day", "type": "S"}]
    table = check_lifecycle(
        driver,
        "aws:dynamodb/table:Table",
        "indexed",
        TABLE,
        {"attributes": attributes, "globalSecondaryIndexes": [by_day]},
    )

    without = driver.update(table, TABLE)

    assert driver.diff(without, TABLE) == ([], [])
    check_deletion(driver, without)
