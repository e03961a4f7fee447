"""Reading the records and health checks of the DNS door."""

import asyncio
from dataclasses import replace

import pytest

from muster.model import DnsRecordView
from muster.system.dns_reader import KEPT_S, DnsReader, find_outdated_records
from muster.system.read_errors import ReadErrors
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.sample_stack import (
    DOMAIN,
    FRANKFURT,
    OREGON,
    make_dns_outputs,
    make_stack,
    make_two_door_stack,
)

FAILED = "Failure: HTTP Status Code 503, Service Unavailable"


def make_reader(aws: FakeAws) -> DnsReader:
    dns = make_two_door_stack().dns
    assert dns is not None
    return DnsReader(aws.clients(), dns, aws.clock)


async def read(aws: FakeAws) -> dict[str, DnsRecordView]:
    view = await make_reader(aws).read(ReadErrors())
    assert view is not None
    return view


async def test_it_reads_weights_inversion_and_checkers_of_each_region() -> None:
    aws = FakeAws(weights={FRANKFURT: 3, OREGON: 1}, inverted={FRANKFURT: False, OREGON: True})
    aws.checker_reports[FRANKFURT][:2] = [FAILED, FAILED]

    view = await read(aws)

    assert view[FRANKFURT] == DnsRecordView(
        region=FRANKFURT,
        weight=3,
        inverted=False,
        disabled=False,
        checkers=16,
        healthy_checkers=14,
        failure=FAILED,
    )
    assert (view[FRANKFURT].healthy, view[OREGON].healthy) == (True, False)


async def test_records_that_the_outputs_do_not_know_and_lost_ones_are_named() -> None:
    aws = FakeAws(weights={FRANKFURT: 3, "ap-south-1": 1})
    reader = make_reader(aws)

    await reader.read(ReadErrors())

    assert reader.outdated == (
        f"ap-south-1 has a record of {DOMAIN}, and is not in the outputs",
        f"us-west-2 is in the outputs, and has no record of {DOMAIN} any more",
    )


@pytest.mark.parametrize("silent", ["ListResourceRecordSets", "all"])
async def test_what_can_not_be_read_makes_no_outputs_old(silent: str) -> None:
    aws = FakeAws(weights={FRANKFURT: 3}, down={"route53"} if silent == "all" else set())
    aws.fail("ListResourceRecordSets", FakeFailure("Throttling"))
    reader = make_reader(aws)

    await reader.read(ReadErrors())

    assert reader.outdated == ()


def test_a_traffic_policy_makes_its_records_itself() -> None:
    dns = make_stack(dns=make_dns_outputs("traffic-policy")).dns
    assert dns is not None
    by_policy = replace(
        dns, regions={name: replace(one, set_identifier="") for name, one in dns.regions.items()}
    )

    assert list(find_outdated_records(by_policy, {"whatever"})) == []
    assert len(list(find_outdated_records(dns, {"whatever"}))) == 3


@pytest.mark.parametrize(("good", "healthy"), [(3, True), (2, False), (0, False), (16, True)])
async def test_more_than_18_percent_of_the_checkers_make_a_record_healthy(
    good: int, healthy: bool
) -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html"""
    aws = FakeAws()
    aws.checker_reports[OREGON][good:] = [FAILED] * (16 - good)

    assert (await read(aws))[OREGON].healthy is healthy


async def test_an_inverted_check_of_a_broken_region_counts_as_healthy() -> None:
    aws = FakeAws(inverted={FRANKFURT: False, OREGON: True})
    aws.checker_reports[OREGON] = [FAILED] * 16

    assert (await read(aws))[OREGON].healthy is True


async def test_a_reading_is_kept_since_the_api_allows_five_calls_a_second() -> None:
    """https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"""
    aws = FakeAws()
    reader = make_reader(aws)

    for _ in range(5):
        await reader.read(ReadErrors())
    calls = len(aws.calls)
    await aws.clock.sleep(KEPT_S)
    await reader.read(ReadErrors())
    reader.forget()
    await reader.read(ReadErrors())

    assert len(aws.calls) == 3 * calls


async def test_who_reads_at_the_same_time_shares_one_reading() -> None:
    """As `muster status` does for its view and the reports of the checkers."""
    alone, aws = FakeAws(), FakeAws()
    await make_reader(alone).read(ReadErrors())
    reader = make_reader(aws)

    await asyncio.gather(reader.read(ReadErrors()), reader.read_checkers())

    assert len(aws.calls) == len(alone.calls)


async def test_a_reading_goes_on_for_the_others_when_one_gives_up() -> None:
    reader = make_reader(FakeAws())
    async with asyncio.TaskGroup() as group:
        first = group.create_task(reader.read(ReadErrors()))
        second = group.create_task(reader.read(ReadErrors()))
        await asyncio.sleep(0)

        first.cancel()

    assert first.cancelled()
    assert second.result() is not None


async def test_what_can_not_be_read_is_unknown_and_named() -> None:
    aws, errors = FakeAws(), ReadErrors()
    aws.fail("GetHealthCheckStatus", FakeFailure("Throttling", message="Rate exceeded"))
    reader = make_reader(aws)

    view = await reader.read(errors)
    await reader.read(errors)

    assert view is not None
    healthy = {region: view[region].healthy for region in (FRANKFURT, OREGON)}
    (failed,) = (region for region in healthy if healthy[region] is None)
    assert sorted(healthy.values(), key=str) == [None, True]
    assert f"health of {failed}" in errors.describe()[0]


async def test_without_us_east_1_nothing_is_known() -> None:
    aws, errors = FakeAws(down={"us-east-1"}), ReadErrors()

    assert await make_reader(aws).read(errors) is None
    assert len(errors.describe()) == 1


async def test_the_reports_of_the_checkers_name_their_regions() -> None:
    (report, *_) = (await make_reader(FakeAws()).read_checkers())[OREGON]

    assert (report.region, report.address, report.healthy) == ("eu-west-1", "192.0.2.0", True)
