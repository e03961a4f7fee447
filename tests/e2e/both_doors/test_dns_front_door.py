"""The DNS front door beside the accelerator: names, TLS, and a lost Region."""

import re
import ssl

import pytest

from tests.e2e import clients
from tests.e2e.both_doors.dns_clients import FRANKFURT, PORTLAND
from tests.e2e.both_doors.dns_system import DnsSystem
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION, System
from tests.waiting import eventually

SAME = "the same through Route 53 and API Gateway"


def test_make_up_answers_through_both_doors_and_a_second_one_changes_nothing(
    system: DnsSystem,
) -> None:
    output = system.checkout.run("make", "up").ok().output

    assert re.search(r"pulumi up +\d+ unchanged \(", output)
    assert re.search(rf"https://{system.domain}(:\d+)?/get/foobar +{SAME}\n", output)
    assert re.search(r"http://127[0-9.:]+/get/foobar +<html>.* from eu-central-1<", output)


@pytest.mark.parametrize(
    ("city", "region"), [(FRANKFURT, FRANKFURT_REGION), (PORTLAND, OREGON_REGION)]
)
def test_the_shared_name_leads_to_the_nearest_region(
    system: DnsSystem, city: str, region: str
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/routing-policy-latency.html"""
    assert system.get("/get/foobar", city).region == region


@pytest.mark.parametrize("region", [FRANKFURT_REGION, OREGON_REGION])
def test_a_regions_own_name_leads_to_it_from_everywhere(system: DnsSystem, region: str) -> None:
    name = system.regional_name(region)

    for city in (FRANKFURT, PORTLAND):
        assert system.get("/health", city, name).region == region


@pytest.mark.parametrize("path", ["/get/foobar", "/health", "/", "/nowhere", "/get/a%2525b"])
def test_both_doors_give_the_same_answer(system: DnsSystem, anycast: System, path: str) -> None:
    by_dns = system.get(path, PORTLAND)
    by_anycast = anycast.get(path, clients.PORTLAND)

    assert by_dns.status == by_anycast.status
    assert by_dns.body == by_anycast.body
    for name in ("Content-Type", "Cache-Control", "X-Served-Region", "Vary"):
        assert by_dns.headers[name] == by_anycast.headers[name]


def test_what_is_created_through_one_door_is_read_through_the_other(
    system: DnsSystem, anycast: System
) -> None:
    created = system.ask("POST", "/create", FRANKFURT, body={"item_id": "through both doors"})

    assert created.status == 201
    location = created.headers["Location"]
    eventually(lambda: anycast.get(location, clients.PORTLAND).status == 200)


def test_only_the_twins_authority_vouches_for_the_name(
    system: DnsSystem, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = system.client(PORTLAND)
    monkeypatch.setattr(client, "_trust", ssl.create_default_context())

    with pytest.raises(ssl.SSLCertVerificationError):
        client.get(system.domain, "/health", system.port)


def test_a_shell_trusts_the_twins_names(system: DnsSystem) -> None:
    url = f"{system.outputs['dns']['url']}/get/foobar"

    by_curl = system.checkout.run_in_shell(f"twin curl --from {PORTLAND} -sf {url}").ok()

    assert by_curl.output.endswith(f"from {OREGON_REGION}</h1></body></html>")


def test_clients_of_a_killed_region_move_and_come_back(system: DnsSystem) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-types.html"""
    assert system.get("/health", PORTLAND).region == OREGON_REGION
    with system.killed(OREGON_REGION):
        system.wait_until_served_by(FRANKFURT_REGION, PORTLAND)
        here = system.resolve(system.domain, FRANKFURT)
        eventually(lambda: system.resolve(system.domain, PORTLAND) == here, 30)
    system.wait_until_served_by(OREGON_REGION, PORTLAND)


def test_failover_goes_on_while_control_is_stopped(system: DnsSystem) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/route-53-concepts.html"""
    system.checkout.run_in_shell("twin control stop").ok()
    try:
        system.checkout.run_in_shell(f"twin region kill {OREGON_REGION}").ok()
        system.wait_until_served_by(FRANKFURT_REGION, PORTLAND)
    finally:
        system.checkout.run_in_shell("twin control start").ok()
        system.checkout.run_in_shell(f"twin region start {OREGON_REGION}").ok()
    system.wait_until_served_by(OREGON_REGION, PORTLAND)
