"""Where checks go: names resolved by Route 53's own answers.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
"""

import random
from dataclasses import replace

from tests.unit.twin.core.dns.zone_setup import a_record, all_healthy, index_of
from twin.core.dns.answers import DnsAnswer, DnsQuestion
from twin.core.dns.clients import DnsClient
from twin.core.dns.queries import answer_query
from twin.geography import nearest_city
from twin.route53.health_checks.endpoint_addresses import resolve_host
from twin.topology.route53 import ResourceRecordSet

RECORDS = (
    a_record("127.120.1.1", "one.muster.test."),
    replace(a_record("::1", "six.muster.test."), type="AAAA"),
    a_record("127.120.1.1", "near.muster.test.", region="eu-central-1"),
    a_record("127.120.2.1", "near.muster.test.", region="us-west-2"),
    *(
        ResourceRecordSet(name=f"{name}.muster.test.", type="CNAME", ttl_s=60, values=(to,))
        for name, to in [
            ("alias", "one.muster.test."),
            ("away", "one.example.com."),
            ("loop", "loop2.muster.test."),
            ("loop2", "loop.muster.test."),
        ]
    ),
)
INDEX = index_of(*RECORDS)


def answer(question: DnsQuestion, client: DnsClient) -> DnsAnswer:
    return answer_query(
        INDEX, question, client, is_healthy=all_healthy, draw=random.Random(1).random
    )


def resolve(host: str, region: str = "us-east-1") -> str | None:
    return resolve_host(host, "127.140.0.32", region, answer)


def test_a_name_has_the_address_of_its_record() -> None:
    assert resolve("one.muster.test") == "127.120.1.1"
    assert resolve("ONE.muster.test.") == "127.120.1.1"


def test_names_that_lead_to_names_are_followed() -> None:
    assert resolve("alias.muster.test") == "127.120.1.1"


def test_checkers_are_clients_in_their_regions() -> None:
    assert resolve("near.muster.test", "eu-west-1") == "127.120.1.1"
    assert resolve("near.muster.test", "us-west-1") == "127.120.2.1"
    assert nearest_city("us-west-2").name == "Portland"


def test_a_name_without_an_a_record_has_no_address() -> None:
    hosts = ("six", "missing", "away", "loop")
    assert [resolve(f"{host}.muster.test") for host in hosts] == [None] * 4
    assert resolve("www.example.com") is None


def test_an_address_is_its_own() -> None:
    assert resolve("127.120.9.9") == "127.120.9.9"
