"""Answers for TestDNSAnswer."""

import random
from dataclasses import replace

import pytest

from tests.unit.twin.core.dns.zone_setup import (
    HOME,
    NS,
    ZONE_ID,
    a_record,
    all_healthy,
    index_of,
)
from twin.geography import find_city_address
from twin.internal_api.schemas import DnsTestReport, DnsTestRequest
from twin.route53.answer_test import run_answer_test
from twin.route53.responder import Responder

ASKED = DnsTestRequest(zone_id=ZONE_ID, name="api.muster.test", type="A")


def report_of(asked: DnsTestRequest) -> DnsTestReport:
    responder = Responder(HOME, is_healthy=all_healthy, draw=random.Random(1).random)
    responder.indexes[0] = index_of(
        a_record("192.0.2.1", region="eu-central-1"),
        a_record("192.0.2.2", region="us-west-2"),
        a_record("192.0.2.3", region="us-east-1"),
    )
    return run_answer_test(responder, asked)


def test_it_asks_as_a_resolver_near_us_east_1() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_TestDNSAnswer.html"""
    assert report_of(ASKED) == DnsTestReport(
        name_server=NS.values[0], values=("192.0.2.3",), code="NOERROR"
    )


def test_it_asks_as_the_given_resolver_or_client() -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_TestDNSAnswer.html"""
    from_frankfurt = replace(ASKED, resolver_ip=find_city_address("Frankfurt"))

    assert report_of(from_frankfurt).values == ("192.0.2.1",)
    in_portland = replace(from_frankfurt, subnet_ip=find_city_address("Portland"))
    assert report_of(in_portland).values == ("192.0.2.2",)
    assert report_of(replace(in_portland, subnet_prefix=8)).values == ("192.0.2.1",)


def test_a_denial_has_its_code_and_no_values() -> None:
    denied = report_of(replace(ASKED, name="nothing.muster.test"))

    assert (denied.code, denied.values) == ("NXDOMAIN", ())


def test_a_zone_that_the_servers_do_not_have_yet_refuses() -> None:
    assert report_of(replace(ASKED, zone_id="Z9")) == DnsTestReport(
        name_server="", values=(), code="REFUSED"
    )


@pytest.mark.parametrize(
    "asked",
    [
        replace(ASKED, resolver_ip="Portland"),
        replace(ASKED, subnet_ip="Portland"),
        replace(ASKED, subnet_ip="127.210.7.0", subnet_prefix=33),
    ],
    ids=["resolver", "subnet", "prefix"],
)
def test_what_is_no_address_is_an_error(asked: DnsTestRequest) -> None:
    with pytest.raises(ValueError, match=r"Portland|33"):
        report_of(asked)
