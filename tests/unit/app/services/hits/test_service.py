"""The routes of the counter."""

import json
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from app.errors import EnvironmentInvalid
from tests.unit.app.fakes import FunctionWorld

HERE, ELSEWHERE = "us-west-2", "eu-central-1"
ADDRESS, ANOTHER = "203.0.113.5", "203.0.113.6"
SECRET = "a secret of some length"


def make_world() -> FunctionWorld:
    return FunctionWorld(HERE, ("items", "hits"), settings={"hits": {"SECRET": SECRET}})


def ask(
    world: FunctionWorld,
    method: str = "GET",
    path: str = "/hits/hello",
    address: str = ADDRESS,
    **headers: str,
) -> tuple[int, dict[str, Any]]:
    """Status and JSON; the load balancer has appended the address that it saw."""
    forged = headers.pop("forged", "")
    sent = {name.replace("_", "-"): text for name, text in headers.items()}
    seen = f"{forged}, {address}" if forged else address
    answer = world.ask(method, path, headers={"accept": "*/*", "x-forwarded-for": seen, **sent})
    assert answer["headers"]["Content-Type"] == "application/json"
    assert answer["headers"]["Access-Control-Allow-Origin"] == "*"
    return answer["statusCode"], json.loads(answer["body"])


def test_hits_of_one_address_are_counted() -> None:
    world = make_world()

    answers = [ask(world) for _ in range(2)]

    assert answers == [
        (200, {"ip": ADDRESS, "hits": number, "region": HERE, "shards": {HERE: number}})
        for number in (1, 2)
    ]


def test_post_counts_as_get_does() -> None:
    world = make_world()
    ask(world)

    assert ask(world, "POST")[1]["hits"] == 2


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/hits/total"), ("HEAD", "/hits/total"), ("HEAD", "/hits/hello")]
)
def test_reading_does_not_count(method: str, path: str) -> None:
    world = make_world()
    ask(world)

    answers = [ask(world, method, path)[1]["hits"] for _ in range(2)]

    assert answers == [1, 1]


def test_the_hits_of_other_regions_count() -> None:
    world = make_world()
    ask(world)
    (own,) = world.dynamo.stored("hits")
    world.dynamo.store("hits", {**own, "region": {"S": ELSEWHERE}, "hits": {"N": "5"}})

    _, answer = ask(world)

    assert answer["hits"] == 7
    assert answer["shards"] == {ELSEWHERE: 5, HERE: 2}


def test_two_addresses_have_separate_counters() -> None:
    world = make_world()
    ask(world)

    assert ask(world, address=ANOTHER)[1] == {
        "ip": ANOTHER,
        "hits": 1,
        "region": HERE,
        "shards": {HERE: 1},
    }


@pytest.mark.parametrize("forged", [ANOTHER, f"{ANOTHER}, {ANOTHER}", "x" * 1000, ","])
def test_a_forged_header_changes_neither_counter(forged: str) -> None:
    world = make_world()
    ask(world, address=ANOTHER)

    _, answer = ask(world, forged=forged, x_real_ip=ANOTHER, forwarded=f"for={ANOTHER}")

    assert (answer["ip"], answer["hits"]) == (ADDRESS, 1)
    assert ask(world, path="/hits/total", address=ANOTHER)[1]["hits"] == 1


def test_an_address_is_not_stored() -> None:
    world = make_world()
    ask(world, idempotency_key=f"{ADDRESS} sent this")

    assert ADDRESS not in json.dumps(world.dynamo.stored("hits"))


def test_an_item_has_an_end() -> None:
    world = make_world()
    ask(world)

    (item,) = world.dynamo.stored("hits")
    days = (int(item["expires_at"]["N"]) - world.clock.now()) / 86400
    assert days == 30


def test_a_repeated_request_counts_once() -> None:
    world = make_world()

    first, again = (ask(world, "POST", idempotency_key="a")[1] for _ in range(2))

    assert (first["hits"], first["repeated"]) == (1, False)
    assert (again["hits"], again["repeated"]) == (1, True)
    assert "repeated" not in ask(world)[1]


def test_the_same_id_of_another_client_is_another_request() -> None:
    world = make_world()
    ask(world, idempotency_key="a")

    assert not ask(world, address=ANOTHER, idempotency_key="a")[1]["repeated"]


@pytest.mark.parametrize("key", ["", "x" * 129, "\xe9"])
def test_a_wrong_id_is_refused_and_not_counted(key: str) -> None:
    world = make_world()

    status, answer = ask(world, idempotency_key=key)

    assert status == 400
    assert "Idempotency-Key" in answer["error"]
    assert world.dynamo.stored("hits") == []


def test_a_request_without_an_address_is_refused() -> None:
    status, answer = ask(make_world(), address="")

    assert status == 400
    assert "address is unknown" in answer["error"]


def test_a_broken_table_is_503() -> None:
    world = make_world()
    world.dynamo.declare_broken("hits", EndpointConnectionError(endpoint_url="http://x"))

    for path in ("/hits/hello", "/hits/total"):
        status, answer = ask(world, path=path)
        assert (status, answer["error"]) == (503, "the table does not answer")


def test_a_missing_secret_stops_the_start() -> None:
    with pytest.raises(EnvironmentInvalid, match="HITS_SECRET"):
        FunctionWorld(HERE, ("hits",), health_tables=())
