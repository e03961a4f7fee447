"""Bookmarks on a twin: the exercises of AWS's workshop about global tables, and the player's API.

Each Region is asked by its own name, through Route 53 and API Gateway, if a test says nothing else.
"""

import itertools
import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e import clients
from tests.e2e.both_doors.dns_clients import FRANKFURT
from tests.e2e.both_doors.dns_system import DnsSystem
from tests.e2e.clients import HttpAnswer
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION, System
from tests.waiting import eventually

REGIONS = (FRANKFURT_REGION, OREGON_REGION)
TABLE = "muster-local-bookmarks"
KEY = {"PK": {"S": "user100"}, "SK": {"S": "AshlandValley"}}
PAGE = {"Origin": "https://pages.example"}
LIBRARY = [f"{number:02}" for number in range(1, 13)]
FILM_S = 312
"""Length of the film 01."""
NUMBERS = itertools.count(1)
VERSION = 1_764_000_000_000


@pytest.fixture
def start(system: DnsSystem) -> int:
    """The number that `Bookmark` has in both Regions when a test begins."""
    item = {**KEY, "Bookmark": {"N": "40"}}
    system.checkout.client("dynamodb", FRANKFURT_REGION).put_item(TableName=TABLE, Item=item)
    eventually(lambda: [read_number(system, region) for region in REGIONS] == [40, 40])
    return 40


@pytest.fixture
def viewer() -> str:
    """A viewer of this test alone."""
    return f"viewer {next(NUMBERS)}"


def get(system: DnsSystem, region: str, path: str) -> HttpAnswer:
    return system.get(f"/bookmarks{path}", FRANKFURT, system.regional_name(region))


def read_number(system: DnsSystem, region: str) -> int:
    answer = get(system, region, "/get/user100/AshlandValley")
    assert answer.status == 200
    return int(answer.data["Item"]["Bookmark"]["N"])


def add(system: DnsSystem, region: str, number: int) -> int:
    """Add as the workshop's page does; the new value."""
    answer = get(system, region, f"/update/user100/AshlandValley/{number}")
    assert (answer.status, answer.region) == (200, region)
    return int(answer.data["Attributes"]["Bookmark"]["N"])


def write_bookmark(
    system: DnsSystem, region: str, viewer: str, fraction: float, version: int
) -> HttpAnswer:
    return system.ask(
        "PUT",
        bookmark_path(viewer),
        FRANKFURT,
        host=system.regional_name(region),
        body={"bookmark": fraction, "version": version, "session": "s1"},
        headers=PAGE,
    )


def read_bookmark(system: DnsSystem, region: str, viewer: str) -> Any:  # noqa: ANN401 - JSON
    answer = system.get(bookmark_path(viewer), FRANKFURT, system.regional_name(region))
    assert answer.status == 200
    return answer.data


def bookmark_path(viewer: str) -> str:
    return f"/bookmarks/viewers/{viewer.replace(' ', '%20')}/01"


def stored_bookmarks(system: DnsSystem, region: str, viewer: str) -> list[str]:
    """What the Region's table has, as the workshop's command shows it."""
    table = system.checkout.client("dynamodb", region)
    found = table.query(
        TableName=TABLE,
        KeyConditionExpression="PK = :PK",
        ExpressionAttributeValues={":PK": {"S": viewer}},
    )
    return [item["bookmark"]["S"] for item in found["Items"]]


# -- the table and its items


@pytest.fixture
def workshop_table(system: DnsSystem) -> Iterator[str]:
    """The workshop's own table in one Region; it and its replica are deleted after the test."""
    name = "global-serverless"
    home = system.checkout.client("dynamodb", FRANKFURT_REGION)
    home.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("PK", "SK")],
        KeySchema=[
            {"AttributeName": "PK", "KeyType": "HASH"},
            {"AttributeName": "SK", "KeyType": "RANGE"},
        ],
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
    )
    eventually(lambda: home.describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE", 60)
    yield name
    for region in reversed(REGIONS):
        delete_table(system.checkout.client("dynamodb", region), name)


def delete_table(client: Any, name: str) -> None:  # noqa: ANN401 - boto3's
    if name in client.list_tables()["TableNames"]:  # a test that failed may have no replica
        client.delete_table(TableName=name)
    eventually(lambda: name not in client.list_tables()["TableNames"], 60)


def test_a_table_gets_a_replica_and_the_sample_items_are_in_both(
    system: DnsSystem, workshop_table: str
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables.tutorial.html"""
    home = system.checkout.client("dynamodb", FRANKFURT_REGION)
    made = home.update_table(
        TableName=workshop_table, ReplicaUpdates=[{"Create": {"RegionName": OREGON_REGION}}]
    )
    (replica,) = made["TableDescription"]["Replicas"]
    assert (replica["RegionName"], replica["ReplicaStatus"]) == (OREGON_REGION, "CREATING")
    eventually(lambda: replica_status(home, workshop_table) == "ACTIVE", 60)

    system.checkout.run_in_shell(
        f".venv/bin/python -m tools.sample_data bookmarks {workshop_table} > sample-data.json"
        " && aws dynamodb batch-write-item --request-items file://sample-data.json"
    ).ok()

    key = {"PK": {"S": "library"}, "SK": {"S": "01"}}
    film = home.get_item(TableName=workshop_table, Key=key, ConsistentRead=True)["Item"]
    assert film.keys() == {"PK", "SK", "title", "seconds", "colours"}
    other = system.checkout.client("dynamodb", OREGON_REGION)
    eventually(lambda: len(other.scan(TableName=workshop_table)["Items"]) == 13)
    assert other.get_item(TableName=workshop_table, Key=key)["Item"] == film


def replica_status(home: Any, name: str) -> str:  # noqa: ANN401 - boto3's client
    (replica,) = home.describe_table(TableName=name)["Table"]["Replicas"]
    status: str = replica["ReplicaStatus"]
    return status


# -- the workshop's API


def test_the_workshop_s_routes_answer_in_each_region(system: DnsSystem, start: int) -> None:
    for region in REGIONS:
        assert get(system, region, "/").data == {"ping": "ok", "region": region}
        scanned = get(system, region, "/scan").data
        keys = {(item["PK"]["S"], item["SK"]["S"]) for item in scanned["Items"]}
        assert {("library", film) for film in LIBRARY} <= keys
        assert ("user100", "AshlandValley") in keys
        assert isinstance(scanned["Latency"], int)
        found = get(system, region, "/get/user100/AshlandValley").data
        assert found["Item"]["Bookmark"] == {"N": str(start)}
        assert found["Latency"] >= 0
        films = get(system, region, "/films").data["films"]
        assert [film["id"] for film in films] == LIBRARY


def test_what_one_region_adds_the_other_reads_after_the_lag(system: DnsSystem, start: int) -> None:
    with system.replication_paused(OREGON_REGION):
        assert add(system, FRANKFURT_REGION, 1) == start + 1

        assert read_number(system, OREGON_REGION) == start

    eventually(lambda: read_number(system, OREGON_REGION) == start + 1)


def test_of_two_adds_within_the_lag_the_later_one_undoes_the_first(
    system: DnsSystem, start: int
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    with system.replication_paused(OREGON_REGION):
        assert add(system, FRANKFURT_REGION, 1) == start + 1
        assert add(system, OREGON_REGION, -1) == start - 1

    eventually(lambda: [read_number(system, region) for region in REGIONS] == [start - 1] * 2)


def test_an_add_after_the_lag_is_no_conflict(system: DnsSystem, start: int) -> None:
    add(system, FRANKFURT_REGION, 1)
    eventually(lambda: read_number(system, OREGON_REGION) == start + 1)

    assert add(system, OREGON_REGION, -1) == start

    eventually(lambda: read_number(system, FRANKFURT_REGION) == start)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/get/user100/Nowhere", None, 404),
        ("GET", "/update/user100/Nowhere/1", None, 404),
        ("GET", "/update/library/01/1", None, 403),
        ("GET", "/update/user100/AshlandValley/x", None, 400),
        ("GET", "/query/library?limit=0", None, 400),
        ("POST", "/add/user100/AshlandValley", {}, 400),
        ("PUT", "/viewers/user10/01", {"bookmark": 2}, 400),
        ("GET", "/nowhere", None, 404),
        ("DELETE", "/viewers/user10/01", None, 405),
    ],
)
def test_a_page_of_another_origin_can_read_each_error_through_both_doors(
    system: DnsSystem, anycast: System, method: str, path: str, body: object, status: int
) -> None:
    text = None if body is None else json.dumps(body)
    by_dns = system.ask(method, f"/bookmarks{path}", FRANKFURT, body=body, headers=PAGE)
    with anycast.connect(clients.FRANKFURT) as connection:
        by_anycast = connection.request(method, f"/bookmarks{path}", text, PAGE)

    for answer in (by_dns, by_anycast):
        assert answer.status == answer.data["status"] == status
        assert answer.data["error"]
        assert answer.data["region"] == answer.region == FRANKFURT_REGION
        assert answer.header("Access-Control-Allow-Origin") == "*"
        assert answer.header("Cache-Control") == "no-store"


# -- the player's API


def test_a_bookmark_is_resumed_within_a_second_of_film_in_every_region(
    system: DnsSystem, viewer: str
) -> None:
    seconds = [0.5 * number for number in range(1, 7)]
    for number, position in enumerate(seconds):
        answer = write_bookmark(
            system, FRANKFURT_REGION, viewer, position / FILM_S, VERSION + number
        )
        assert answer.status == 200

    def positions() -> list[float]:
        found = [read_bookmark(system, region, viewer)["bookmark"] for region in REGIONS]
        return [(fraction or 0) * FILM_S for fraction in found]

    eventually(lambda: all(abs(position - seconds[-1]) <= 1 for position in positions()))


def test_the_newest_bookmark_survives_a_partition_whatever_is_executed_last(
    system: DnsSystem, viewer: str
) -> None:
    write_bookmark(system, OREGON_REGION, viewer, 0.1, VERSION)
    eventually(lambda: read_bookmark(system, FRANKFURT_REGION, viewer)["bookmark"] == 0.1)

    with system.replication_paused(OREGON_REGION):
        assert write_bookmark(system, FRANKFURT_REGION, viewer, 0.3, VERSION + 2).status == 200
        # The write before it reaches the other Region late, so that DynamoDB has it as the last.
        assert write_bookmark(system, OREGON_REGION, viewer, 0.2, VERSION + 1).status == 200

    eventually(
        lambda: (
            [read_bookmark(system, region, viewer)["bookmark"] for region in REGIONS] == [0.3, 0.3]
        )
    )


def test_a_region_refuses_a_write_that_is_older_than_what_it_has(
    system: DnsSystem, viewer: str
) -> None:
    write_bookmark(system, OREGON_REGION, viewer, 0.3, VERSION + 2)

    late = write_bookmark(system, OREGON_REGION, viewer, 0.2, VERSION + 1)

    assert (late.status, late.data["bookmark"]) == (409, 0.3)
    assert late.header("Access-Control-Allow-Origin") == "*"
    assert read_bookmark(system, OREGON_REGION, viewer)["version"] == VERSION + 2


# -- a Region's function fails


def test_a_region_without_its_function_gets_the_bookmarks_and_goes_on_with_them(
    system: DnsSystem, viewer: str
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    assert write_bookmark(system, OREGON_REGION, viewer, 0.1, VERSION).status == 200
    with system.throttled(OREGON_REGION):
        eventually(
            lambda: write_bookmark(system, OREGON_REGION, viewer, 0.2, VERSION + 1).status >= 500
        )
        refused = write_bookmark(system, OREGON_REGION, viewer, 0.2, VERSION + 1)
        assert refused.status >= 500
        assert refused.header("Access-Control-Allow-Origin") == "*"

        moved = write_bookmark(system, FRANKFURT_REGION, viewer, 0.3, VERSION + 2)
        assert (moved.status, moved.data["region"]) == (200, FRANKFURT_REGION)
        eventually(
            lambda: sorted(stored_bookmarks(system, OREGON_REGION, viewer)) == ["0.1", "0.3"]
        )
        assert stored_bookmarks(system, FRANKFURT_REGION, viewer) == stored_bookmarks(
            system, OREGON_REGION, viewer
        )

    eventually(
        lambda: write_bookmark(system, OREGON_REGION, viewer, 0.4, VERSION + 3).status == 200, 30
    )
    eventually(
        lambda: (
            [read_bookmark(system, region, viewer)["bookmark"] for region in REGIONS] == [0.4, 0.4]
        )
    )
    watching = get(system, FRANKFURT_REGION, f"/viewers/{viewer.replace(' ', '%20')}").data
    assert [(film["film"], film["bookmark"]) for film in watching["watching"]] == [("01", 0.4)]
