"""The health check: the switch first, then the table."""

import pytest
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from app.errors import SwitchMalformed
from app.health import AUTO, SwitchStatus, parse_switch
from tests.unit.app.fakes import CONTROL_TABLE, TABLE, FunctionWorld

GONE = EndpointConnectionError(endpoint_url="https://dynamodb.us-west-2.amazonaws.com")
SLOW = ReadTimeoutError(endpoint_url="https://dynamodb.us-west-2.amazonaws.com")


def health_status(world: FunctionWorld) -> int:
    status: int = world.ask("GET", "/health")["statusCode"]
    return status


def until(world: FunctionWorld, seconds: float) -> dict[str, str]:
    """Epoch seconds in DynamoDB's JSON, this many seconds from now."""
    return {"N": str(world.clock.now() + seconds)}


def test_without_a_switch_the_table_decides() -> None:
    world = FunctionWorld()

    assert health_status(world) == 200

    world.dynamo.declare_broken(TABLE, GONE)
    assert health_status(world) == 503


def test_the_check_never_writes() -> None:
    world = FunctionWorld()

    health_status(world)

    assert world.dynamo.calls == [("get_item", CONTROL_TABLE), ("get_item", TABLE)]


def test_fail_makes_a_healthy_region_answer_503_and_logs_who_and_why() -> None:
    world = FunctionWorld()
    world.declare_switch("fail", by={"S": "ops"}, why={"S": "drill"})

    assert health_status(world) == 503
    line = world.logged()[0]
    assert (line["message"], line["by"], line["why"]) == ("switched off", "ops", "drill")


def test_pass_answers_200_without_a_table() -> None:
    world = FunctionWorld()
    world.declare_switch("pass")
    world.dynamo.declare_broken(TABLE, GONE)

    assert health_status(world) == 200
    assert world.dynamo.calls == [("get_item", CONTROL_TABLE)]


def test_auto_is_the_same_as_no_switch() -> None:
    world = FunctionWorld()
    world.declare_switch("auto")
    world.dynamo.declare_broken(TABLE, GONE)

    assert health_status(world) == 503


def test_another_regions_switch_is_ignored() -> None:
    world = FunctionWorld("eu-central-1")
    world.dynamo.declare_item(CONTROL_TABLE, "health#us-west-2", status={"S": "fail"})

    assert health_status(world) == 200


def test_a_switch_ends_at_its_time() -> None:
    world = FunctionWorld()
    world.declare_switch("fail", until=until(world, 60))

    assert health_status(world) == 503
    world.clock.advance(59.9)
    assert health_status(world) == 503
    world.clock.advance(0.2)
    assert health_status(world) == 200


def test_an_unreadable_switch_keeps_its_last_value_for_thirty_seconds() -> None:
    world = FunctionWorld()
    world.declare_switch("fail")
    health_status(world)
    world.dynamo.declare_broken(CONTROL_TABLE, GONE)

    world.clock.advance(30)
    assert health_status(world) == 503
    assert "can't be read" in world.logged()[-3]["message"]
    world.clock.advance(0.1)
    assert health_status(world) == 200


def test_a_kept_value_still_ends_at_its_time() -> None:
    world = FunctionWorld()
    world.declare_switch("fail", until=until(world, 10))
    health_status(world)
    world.dynamo.declare_broken(CONTROL_TABLE, GONE)

    world.clock.advance(11)

    assert health_status(world) == 200


def test_a_switch_that_was_never_read_counts_as_auto() -> None:
    world = FunctionWorld()
    world.dynamo.declare_broken(CONTROL_TABLE, GONE)

    assert health_status(world) == 200


def test_a_removed_switch_replaces_the_last_value() -> None:
    world = FunctionWorld()
    world.declare_switch("fail")
    health_status(world)
    world.dynamo.remove_items(CONTROL_TABLE)

    assert health_status(world) == 200


def test_a_slow_switch_leaves_time_for_the_table() -> None:
    world = FunctionWorld()
    world.dynamo.declare_broken(CONTROL_TABLE, SLOW)
    world.dynamo.failing_takes_s = 0.5
    started = world.clock.monotonic()

    assert health_status(world) == 200
    assert world.clock.monotonic() - started <= 1.0
    assert world.dynamo.calls[-1] == ("get_item", TABLE)


def test_an_unreachable_dynamodb_is_answered_within_the_budget() -> None:
    world = FunctionWorld()
    world.dynamo.declare_broken(CONTROL_TABLE, SLOW)
    world.dynamo.declare_broken(TABLE, SLOW)
    world.dynamo.failing_takes_s = 0.5
    started = world.clock.monotonic()

    assert health_status(world) == 503
    assert world.clock.monotonic() - started <= 1.5


def test_a_malformed_switch_counts_as_auto_and_is_logged() -> None:
    world = FunctionWorld()
    world.declare_switch("off")

    assert health_status(world) == 200
    assert "health#us-west-2: status is 'off'" in world.logged()[0]["message"]


def test_a_malformed_switch_does_not_keep_the_last_value() -> None:
    world = FunctionWorld()
    world.declare_switch("fail")
    health_status(world)
    world.declare_switch("FAIL")

    assert health_status(world) == 200


@pytest.mark.parametrize(
    ("item", "message"),
    [
        ({}, "status is ''"),
        ({"status": {"S": "FAIL"}}, "status is 'FAIL'; one of fail, pass, auto"),
        ({"status": {"N": "1"}}, "status is ''"),
        ({"status": {"S": "fail"}, "until": {"S": "tomorrow"}}, "until is ''; epoch seconds"),
        ({"status": {"S": "fail"}, "until": {"N": "x"}}, "until is 'x'"),
    ],
)
def test_an_error_names_what_is_wrong_with_a_switch(
    item: dict[str, dict[str, str]], message: str
) -> None:
    with pytest.raises(SwitchMalformed, match=message):
        parse_switch(item)


def test_no_item_means_auto() -> None:
    assert parse_switch(None) == AUTO
    assert AUTO.status_at(1e18) is SwitchStatus.AUTO


def test_the_table_of_each_configured_service_decides() -> None:
    world = FunctionWorld(health_tables=())

    assert health_status(world) == 200
    assert world.dynamo.calls == [("get_item", CONTROL_TABLE)]


def test_a_failure_names_the_service_whose_table_does_not_answer() -> None:
    world = FunctionWorld()
    world.dynamo.declare_broken(TABLE, GONE)

    answer = world.json("GET", "/health")

    assert answer == {
        "health": 503,
        "region": "us-west-2",
        "reason": "the table of items does not answer",
    }
