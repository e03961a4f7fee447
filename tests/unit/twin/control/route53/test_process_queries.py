"""Operations that Route 53's process answers."""

import random
from typing import Any

import pytest

from tests.unit.twin.control.route53.fake_process import FakeProcess
from tests.unit.twin.control.route53.fake_route53 import FakeRoute53
from twin.control.document_service import CallContext, CallRefused
from twin.control.route53.process_queries import process_queries
from twin.internal_api.schemas import (
    CheckerObservation,
    DnsTestReport,
    DnsTestRequest,
    HealthCheckStatus,
)

CONTEXT = CallContext(account="1", region="us-east-1", now=0.0, rng=random.Random(1))
SEEN = CheckerObservation(
    region="eu-west-1",
    ip_address="127.140.0.38",
    status="Success: HTTP Status Code 200, OK",
    checked_at_s=7.0,
)
FAILED = CheckerObservation(
    region="eu-west-1", ip_address="127.140.0.38", status="Failure: ...", checked_at_s=5.0
)


class Queries:
    """The queries, over a service and a process."""

    def __init__(self) -> None:
        self.service = FakeRoute53()
        self.process = FakeProcess()
        self._queries = process_queries(self.process, ["127.140.0.32", "127.140.0.33"])

    async def call(self, operation: str, **params: object) -> Any:  # noqa: ANN401
        return await self._queries[operation](self.service.state, CONTEXT, params)

    async def refuse(self, code: str, operation: str, **params: object) -> str:
        with pytest.raises(CallRefused) as caught:
            await self.call(operation, **params)
        assert caught.value.code == code
        return caught.value.message


@pytest.fixture
def queries() -> Queries:
    return Queries()


async def test_a_status_has_an_observation_of_each_checker(queries: Queries) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHealthCheckStatus.html"""
    check = queries.service.create_check()
    queries.process.checks[check] = HealthCheckStatus(
        id=check, version=1, healthy=True, observations=(SEEN,), last_failures=(FAILED,)
    )

    status = await queries.call("GetHealthCheckStatus", HealthCheckId=check)
    failure = await queries.call("GetHealthCheckLastFailureReason", HealthCheckId=check)

    assert status == {
        "HealthCheckObservations": [
            {
                "Region": "eu-west-1",
                "IPAddress": "127.140.0.38",
                "StatusReport": {
                    "Status": "Success: HTTP Status Code 200, OK",
                    "CheckedTime": 7.0,
                },
            }
        ]
    }
    (reason,) = failure["HealthCheckObservations"]
    assert reason["StatusReport"] == {"Status": "Failure: ...", "CheckedTime": 5.0}


async def test_a_check_without_results_has_no_observations(queries: Queries) -> None:
    check = queries.service.create_check()

    status = await queries.call("GetHealthCheckStatus", HealthCheckId=check)

    assert status == {"HealthCheckObservations": []}


async def test_calculated_checks_have_no_status(queries: Queries) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHealthCheckStatus.html"""
    check = queries.service.create_check(Type="CALCULATED", HealthThreshold=1)

    await queries.refuse("InvalidInput", "GetHealthCheckStatus", HealthCheckId=check)
    await queries.refuse("NoSuchHealthCheck", "GetHealthCheckStatus", HealthCheckId="none")


async def test_the_addresses_of_checkers_are_told(queries: Queries) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetCheckerIpRanges.html"""
    assert await queries.call("GetCheckerIpRanges") == {
        "CheckerIpRanges": ["127.140.0.32/32", "127.140.0.33/32"]
    }


async def test_an_answer_is_asked_of_the_name_servers(queries: Queries) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_TestDNSAnswer.html"""
    zone = queries.service.create_zone()
    queries.process.report = DnsTestReport(
        name_server="ns-1.awsdns-00.com.", values=("192.0.2.1",), code="NOERROR"
    )

    told = await queries.call(
        "TestDNSAnswer",
        HostedZoneId=zone,
        RecordName="WWW.muster.test",
        RecordType="A",
        ResolverIP="127.210.1.1",
        EDNS0ClientSubnetIP="127.210.7.0",
        EDNS0ClientSubnetMask="24",
    )

    assert told == {
        "Nameserver": "ns-1.awsdns-00.com",
        "RecordName": "www.muster.test",
        "RecordType": "A",
        "RecordData": ["192.0.2.1"],
        "ResponseCode": "NOERROR",
        "Protocol": "UDP",
    }
    assert queries.process.asked == [
        DnsTestRequest(
            zone_id=zone,
            name="www.muster.test.",
            type="A",
            resolver_ip="127.210.1.1",
            subnet_ip="127.210.7.0",
            subnet_prefix=24,
        )
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        {"RecordName": "a..b"},
        {"ResolverIP": "x"},
        {"EDNS0ClientSubnetMask": "24"},
        {"EDNS0ClientSubnetIP": "192.0.2.0", "EDNS0ClientSubnetMask": "33"},
        {"EDNS0ClientSubnetIP": "192.0.2.0", "EDNS0ClientSubnetMask": "x"},
    ],
)
async def test_a_test_with_wrong_values_is_refused(queries: Queries, wrong: dict[str, str]) -> None:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_TestDNSAnswer.html"""
    asked = {"HostedZoneId": queries.service.create_zone(), "RecordName": "a", "RecordType": "A"}

    await queries.refuse("InvalidInput", "TestDNSAnswer", **{**asked, **wrong})


async def test_servers_that_do_not_answer_are_told(queries: Queries) -> None:
    zone = queries.service.create_zone()

    await queries.refuse(
        "ServiceUnavailable", "TestDNSAnswer", HostedZoneId=zone, RecordName="a", RecordType="A"
    )
