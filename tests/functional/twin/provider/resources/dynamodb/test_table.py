"""Tables, on moto."""

from tests.functional.twin.provider.deployments import TABLE
from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.provider.lifecycle import check_deletion, check_lifecycle


def test_a_table_lives(driver: Driver) -> None:
    table = check_lifecycle(
        driver,
        "aws:dynamodb/table:Table",
        "items",
        {
            **TABLE,
            "streamEnabled": True,
            "streamViewType": "NEW_AND_OLD_IMAGES",
            "ttl": {"attributeName": "until", "enabled": True},
            "pointInTimeRecovery": {"enabled": True},
            "deletionProtectionEnabled": True,
        },
        {"deletionProtectionEnabled": False, "tags": {"a": "b"}},
    )

    assert table.outputs["streamArn"]
    check_deletion(driver, table)


def test_a_resource_lives_in_the_region_that_it_names(driver: Driver) -> None:
    args = {**TABLE, "region": "us-west-2"}
    table = driver.create("aws:dynamodb/table:Table", "far", args)

    assert ":us-west-2:" in table.outputs["arn"]
    assert table.outputs["region"] == "us-west-2"
    assert driver.diff(table, {**TABLE}) == (["region"], ["region"])
    check_deletion(driver, table)
