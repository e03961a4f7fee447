"""Items of the control table, read from the fake AWS."""

import pytest

from muster.errors import CallFailed
from muster.levers.control_items import read_control_item
from tests.unit.muster.fake_aws import FakeAws
from tests.unit.muster.sample_stack import CONTROL_TABLE, FRANKFURT, OREGON


async def test_an_item_is_read_from_the_replica_of_the_region() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html"""
    aws = FakeAws()
    item = {"item_id": {"S": "note"}, "words": {"S": "here"}}
    aws.tables[OREGON]["note"] = item

    found = await read_control_item(aws.clients(), CONTROL_TABLE, OREGON, "note")
    absent = await read_control_item(aws.clients(), CONTROL_TABLE, FRANKFURT, "note")

    assert (found, absent) == (item, None)
    assert all(call.given["ConsistentRead"] for call in aws.made("GetItem"))


async def test_a_region_that_does_not_answer_is_an_error() -> None:
    aws = FakeAws()
    aws.down.add(OREGON)

    with pytest.raises(CallFailed):
        await read_control_item(aws.clients(), CONTROL_TABLE, OREGON, "note")
