"""Whose credentials these are, and what time AWS has."""

import pytest

from muster.doctor.caller_reader import clock_ahead_s, read_caller
from muster.doctor.model import CallerReading, Unread
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.sample_stack import ACCOUNT, FRANKFURT, OREGON


async def test_the_caller_and_the_clocks_difference_are_read() -> None:
    aws = FakeAws(client_ahead_s=30.0)

    found = await read_caller(aws.clients(), [FRANKFURT], aws.clock)

    assert isinstance(found, CallerReading)
    assert (found.account, found.temporary, found.ends_epoch_s) == (ACCOUNT, False, None)
    assert found.clock_ahead_s is not None
    assert 30 <= found.clock_ahead_s < 31


async def test_another_region_is_asked_when_the_first_is_down() -> None:
    aws = FakeAws(down={FRANKFURT})

    assert isinstance(
        await read_caller(aws.clients(), [FRANKFURT, OREGON], aws.clock), CallerReading
    )


async def test_a_refusal_and_silence_are_readings() -> None:
    refusing, silent = FakeAws(), FakeAws(down={"sts"})
    refusing.fail("GetCallerIdentity", FakeFailure("InvalidClientTokenId", 403))

    for aws, words in ((refusing, "InvalidClientTokenId"), (silent, "sts GetCallerIdentity")):
        found = await read_caller(aws.clients(), [OREGON], aws.clock)

        assert isinstance(found, Unread)
        assert words.lower().replace(" ", "") in found.why.lower().replace(" ", "").replace("_", "")


@pytest.mark.parametrize("date", [None, "yesterday"])
def test_an_answer_without_a_time_says_nothing_about_the_clock(date: str | None) -> None:
    headers = {} if date is None else {"date": date}

    assert clock_ahead_s({"ResponseMetadata": {"HTTPHeaders": headers}}, 1.0) is None
