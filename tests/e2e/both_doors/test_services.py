"""The services beside each other: what the demos of multi-Region design do with them, on a twin.

Each Region is asked by its own name, through Route 53 and API Gateway, if a test says nothing else.
"""

import itertools
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e import clients
from tests.e2e.both_doors.dns_clients import FRANKFURT, PORTLAND
from tests.e2e.both_doors.dns_system import DnsSystem
from tests.e2e.clients import HttpAnswer
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION, System
from tests.waiting import eventually

REGIONS = (FRANKFURT_REGION, OREGON_REGION)
PAGE = {"Origin": "https://pages.example"}
NUMBERS = itertools.count(1)


def write_key(system: DnsSystem, region: str, key: str, value: str) -> HttpAnswer:
    return system.ask(
        "POST",
        f"/kv/{key}",
        FRANKFURT,
        host=system.regional_name(region),
        body={"value": value},
    )


def read_key(system: DnsSystem, region: str, key: str) -> HttpAnswer:
    return system.get(f"/kv/{key}", FRANKFURT, system.regional_name(region))


def hit(system: DnsSystem, region: str, city: str = FRANKFURT, key: str = "") -> dict[str, Any]:
    """Add a hit; `key`: the request's id."""
    headers = {"Idempotency-Key": key} if key else {}
    answer = system.ask(
        "POST", "/hits/hello", city, host=system.regional_name(region), headers=headers
    )
    assert (answer.status, answer.region) == (200, region)
    found: dict[str, Any] = answer.data
    return found


def hits(system: DnsSystem, region: str, city: str = FRANKFURT) -> int:
    total: int = system.get("/hits/total", city, system.regional_name(region)).data["hits"]
    return total


def wait_until_all_count(system: DnsSystem, expected: int, city: str = FRANKFURT) -> None:
    eventually(lambda: [hits(system, region, city) for region in REGIONS] == [expected] * 2)


# -- keyvalues


def test_a_value_names_the_region_of_its_write_and_of_its_read(system: DnsSystem) -> None:
    written = write_key(system, OREGON_REGION, "testkey", "Just testing")
    read = read_key(system, OREGON_REGION, "testkey")

    assert (written.status, written.data) == (
        200,
        {"key": "testkey", "value": "Just testing", "region": OREGON_REGION},
    )
    assert read.data == {
        "key": "testkey",
        "value": "Just testing",
        "writeRegion": OREGON_REGION,
        "readRegion": OREGON_REGION,
    }
    eventually(lambda: read_key(system, FRANKFURT_REGION, "testkey").status == 200)
    assert read_key(system, FRANKFURT_REGION, "testkey").data == {
        **read.data,
        "readRegion": FRANKFURT_REGION,
    }


def test_a_region_that_has_not_heard_of_a_key_says_so_until_it_has(system: DnsSystem) -> None:
    with system.replication_paused(OREGON_REGION):
        write_key(system, OREGON_REGION, "apart", "It worked")

        missing = read_key(system, FRANKFURT_REGION, "apart")

        assert (missing.status, missing.data["error"]) == (404, "no key 'apart'")
    eventually(lambda: read_key(system, FRANKFURT_REGION, "apart").status == 200)


def test_of_two_writes_apart_the_later_one_stays_everywhere(system: DnsSystem) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    with system.replication_paused(OREGON_REGION):
        write_key(system, FRANKFURT_REGION, "conflict", "the first")
        write_key(system, OREGON_REGION, "conflict", "the later")
        assert read_key(system, FRANKFURT_REGION, "conflict").data["value"] == "the first"

    def values() -> list[dict[str, str]]:
        return [read_key(system, region, "conflict").data for region in REGIONS]

    eventually(lambda: {one["value"] for one in values()} == {"the later"})
    assert {one["writeRegion"] for one in values()} == {OREGON_REGION}


@pytest.mark.parametrize(
    ("city", "address", "region"),
    [
        (FRANKFURT, clients.FRANKFURT, FRANKFURT_REGION),
        (PORTLAND, clients.PORTLAND, OREGON_REGION),
    ],
)
def test_the_shared_address_of_each_door_reads_in_the_nearest_region(
    system: DnsSystem, anycast: System, city: str, address: str, region: str
) -> None:
    write_key(system, OREGON_REGION, "nearest", "somewhere")
    eventually(lambda: read_key(system, FRANKFURT_REGION, "nearest").status == 200)

    assert system.get("/kv/nearest", city).data["readRegion"] == region
    assert anycast.get("/kv/nearest", address).data["readRegion"] == region


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/kv/a", {}, 400),
        ("POST", "/kv/a", {"value": 0}, 400),
        ("GET", "/kv/nobody", None, 404),
        ("DELETE", "/kv/a", None, 405),
        ("POST", "/item", {"id": "7abc", "name": "a"}, 400),
        ("GET", "/item/7abc", None, 400),
        ("GET", "/item/123456", None, 404),
        ("GET", "/hits/goodbye", None, 404),
        ("POST", "/hits/total", {}, 405),
    ],
)
def test_a_page_of_another_origin_can_read_each_error_through_both_doors(
    system: DnsSystem, anycast: System, method: str, path: str, body: object, status: int
) -> None:
    text = None if body is None else json.dumps(body)
    with anycast.connect(clients.FRANKFURT) as connection:
        by_anycast = connection.request(method, path, text, PAGE)
    by_dns = system.ask(method, path, FRANKFURT, body=body, headers=PAGE)

    for answer in (by_dns, by_anycast):
        assert answer.status == status
        assert answer.header("Access-Control-Allow-Origin") == "*"
        assert answer.data["error"]
        assert answer.data["region"] == answer.region == FRANKFURT_REGION
    assert by_dns.body == by_anycast.body


# -- items with a number


def test_an_item_put_in_one_region_is_in_the_other_with_its_region(system: DnsSystem) -> None:
    item = {"id": 7, "name": "postman7"}
    oregon = system.regional_name(OREGON_REGION)

    put = system.ask("POST", "/item", FRANKFURT, host=oregon, body=item)

    assert (put.status, put.data) == (
        200,
        {**item, "region": OREGON_REGION, "readRegion": OREGON_REGION},
    )
    frankfurt = system.regional_name(FRANKFURT_REGION)
    eventually(lambda: system.get("/item/7", FRANKFURT, frankfurt).status == 200)
    assert system.get("/item/7", FRANKFURT, frankfurt).data == {
        **item,
        "region": OREGON_REGION,
        "readRegion": FRANKFURT_REGION,
    }


# -- hits


def test_hits_of_a_client_are_counted_in_its_nearest_region(system: DnsSystem) -> None:
    before = system.get("/hits/total", FRANKFURT).data["hits"]

    answers = [system.get("/hits/hello", FRANKFURT).data for _ in range(2)]

    assert [answer["hits"] - before for answer in answers] == [1, 2]
    assert {answer["region"] for answer in answers} == {FRANKFURT_REGION}


def test_clients_have_counters_of_their_own_and_no_header_changes_that(
    system: DnsSystem, anycast: System
) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/x-forwarded-headers.html"""
    hit(system, FRANKFURT_REGION, PORTLAND)
    address = system.get("/hits/total", PORTLAND, system.regional_name(FRANKFURT_REGION)).data["ip"]
    before = hits(system, FRANKFURT_REGION, PORTLAND)
    forged = {
        "X-Forwarded-For": address,
        "Forwarded": f"for={address}",
        "X-Real-IP": address,
        "X-Client-IP": address,
    }

    by_dns = system.ask("GET", "/hits/hello", FRANKFURT, headers=forged)
    with anycast.connect(clients.FRANKFURT) as connection:
        by_anycast = connection.request("GET", "/hits/hello", headers=forged)

    for answer in (by_dns, by_anycast):
        assert answer.region == FRANKFURT_REGION
        assert answer.data["ip"] != address
    assert hits(system, FRANKFURT_REGION, PORTLAND) == before


def test_no_hit_is_lost_by_partitions(system: DnsSystem) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    start, k = hits(system, FRANKFURT_REGION), 5
    wait_until_all_count(system, start)

    for number in range(1, 4):
        with system.replication_paused(OREGON_REGION):
            apart = [[hit(system, region)["hits"] for _ in range(k)] for region in REGIONS]
        before = start + 2 * k * (number - 1)
        assert apart == [list(range(before + 1, before + 1 + k))] * 2
        wait_until_all_count(system, before + 2 * k)


def test_a_request_that_both_sides_of_a_partition_have_counted_counts_once(
    system: DnsSystem,
) -> None:
    start, key = hits(system, FRANKFURT_REGION), f"request {next(NUMBERS)}"
    wait_until_all_count(system, start)

    with system.replication_paused(OREGON_REGION):
        for region in REGIONS:
            assert [hit(system, region, key=key)["repeated"] for _ in range(2)] == [False, True]

    wait_until_all_count(system, start + 1)
    assert hit(system, OREGON_REGION, key=key)["repeated"]
    assert hit(system, OREGON_REGION)["hits"] == start + 2
    wait_until_all_count(system, start + 2)


def test_addresses_are_not_stored(system: DnsSystem) -> None:
    address = hit(system, FRANKFURT_REGION)["ip"]
    table = system.checkout.client("dynamodb", FRANKFURT_REGION)
    items = table.scan(TableName=system.outputs["services"]["hits"], ConsistentRead=True)["Items"]

    assert items
    assert address not in json.dumps(items)
    assert all(int(item["expires_at"]["N"]) > 0 for item in items)


# -- without the control plane


@pytest.fixture
def without_control(system: DnsSystem) -> Iterator[DnsSystem]:
    system.checkout.run_in_shell("twin control stop").ok()
    yield system
    system.checkout.run_in_shell("twin control start").ok()
    system.wait_until_served_by(FRANKFURT_REGION, FRANKFURT)


def test_without_control_no_check_is_inverted_and_the_health_switch_moves_clients(
    without_control: DnsSystem, anycast: System
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/route-53-concepts.html"""
    system = without_control
    check = system.outputs["dns"]["regions"][FRANKFURT_REGION]["health_check_id"]
    refused = system.checkout.run_in_shell(
        f"aws route53 update-health-check --health-check-id {check} --inverted"
    )
    assert refused.code != 0
    assert system.get("/hits/total", FRANKFURT).region == FRANKFURT_REGION

    anycast.put_switch(FRANKFURT_REGION, "fail", until=int(time.time()) + 600)  # noqa: TID251
    try:
        system.wait_until_served_by(OREGON_REGION, FRANKFURT)
        assert hit(system, FRANKFURT_REGION)["region"] == FRANKFURT_REGION
    finally:
        anycast.put_switch(FRANKFURT_REGION, "auto", until=0)
    system.wait_until_served_by(FRANKFURT_REGION, FRANKFURT)
