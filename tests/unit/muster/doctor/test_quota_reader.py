"""Quotas, and how much of them is used."""

from dataclasses import replace

from muster.doctor.model import ConcurrencyReading, Unread
from muster.doctor.quota_reader import StackNeeds, read_concurrency, read_quotas
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.sample_stack import FRANKFURT, OREGON

NEEDS = StackNeeds(regions=(FRANKFURT, OREGON), has_accelerator=True, tables=3, deployed=False)


async def test_every_quota_is_read_in_each_region_and_the_accelerators_once() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/limits-global-accelerator.html"""
    aws = FakeAws(quota=20.0, used=2)

    found = await read_quotas(aws.clients(), NEEDS)

    assert all((one.limit, one.used) == (20.0, 2.0) for one in found)
    assert sorted((one.name.split()[0], one.region, one.needs) for one in found) == [
        ("Application", FRANKFURT, 1.0),
        ("Application", OREGON, 1.0),
        ("Standard", OREGON, 1.0),
        ("VPCs", FRANKFURT, 1.0),
        ("VPCs", OREGON, 1.0),
        ("tables", FRANKFURT, 3.0),
        ("tables", OREGON, 3.0),
    ]


async def test_a_deployed_stack_needs_no_more_and_one_without_accelerator_no_vpc() -> None:
    needs = replace(NEEDS, has_accelerator=False, deployed=True)

    found = await read_quotas(FakeAws().clients(), needs)

    assert {one.name.split()[0] for one in found} == {"tables"}
    assert {one.needs for one in found} == {0.0}


async def test_a_quota_that_can_not_be_read_does_not_hide_the_others() -> None:
    aws = FakeAws(down={"ec2"})
    aws.fail("ListServiceQuotas", FakeFailure("AccessDeniedException"))

    found = await read_quotas(aws.clients(), NEEDS)

    unread = {
        one.name.split()[0]
        for one in found
        if isinstance(one.limit, Unread) or not one.used or isinstance(one.used, Unread)
    }
    assert unread == {"VPCs", "Standard"}


async def test_concurrency_is_that_of_the_account() -> None:
    aws = FakeAws(down={OREGON})

    known, unknown = await read_concurrency(aws.clients(), (FRANKFURT, OREGON))

    assert known == ConcurrencyReading(region=FRANKFURT, limit=1000, unreserved=900)
    assert isinstance(unknown, Unread)
