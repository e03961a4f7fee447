"""Where a stack is, and whose credentials act on it."""

from pathlib import Path

import pytest

from muster.aws.account import identify_caller, locate_stack
from muster.config import MusterSettings, read_settings
from muster.errors import AccountError, Unreachable
from tests.unit.muster.fake_aws import FakeAws, FakeFailure
from tests.unit.muster.sample_stack import (
    ACCOUNT,
    ENDPOINT,
    FRANKFURT,
    LOOPBACK,
    OREGON,
    make_stack,
)


def make_settings(endpoint_url: str | None) -> MusterSettings:
    flags: dict[str, object] = {"endpoint_url": endpoint_url}
    return read_settings(flags, environ={"USER": "me"}, folder=Path("/"))


@pytest.mark.parametrize("endpoint", [ENDPOINT, "http://localhost:4566", "http://[::1]:4566"])
def test_a_loopback_endpoint_is_a_twin(endpoint: str) -> None:
    location = locate_stack(make_settings(endpoint), make_stack(**LOOPBACK))

    assert location.kind == "twin"
    assert location.description == f"the twin at {endpoint}, account {ACCOUNT}"


@pytest.mark.parametrize("endpoint", [None, "https://vpce.example.com"])
def test_any_other_endpoint_is_aws(endpoint: str | None) -> None:
    location = locate_stack(make_settings(endpoint), make_stack())

    assert location.kind == "aws"
    assert location.description.startswith("AWS")
    assert location.description.endswith(f"account {ACCOUNT}")


def test_a_twins_outputs_are_not_used_on_aws() -> None:
    with pytest.raises(AccountError, match=r"127\.75\.2\.106\) is of a twin.*source \.twin/env"):
        locate_stack(make_settings(None), make_stack(**LOOPBACK))


def test_outputs_of_aws_are_not_used_on_a_twin() -> None:
    with pytest.raises(AccountError, match="is not of a twin, but --endpoint-url is http://127"):
        locate_stack(make_settings(ENDPOINT), make_stack())


async def test_the_credentials_are_those_that_sts_names() -> None:
    aws = FakeAws()

    caller = await identify_caller(aws.clients(), make_stack())

    assert caller.arn == f"arn:aws:iam::{ACCOUNT}:user/tester"
    assert [call.region for call in aws.calls] == [FRANKFURT]


async def test_another_region_is_called_when_the_first_is_down() -> None:
    aws = FakeAws(down={FRANKFURT})

    await identify_caller(aws.clients(), make_stack())

    assert [call.region for call in aws.calls] == [FRANKFURT, OREGON]


async def test_no_region_that_answers_is_unreachable() -> None:
    with pytest.raises(Unreachable, match="sts get_caller_identity in eu-central-1"):
        await identify_caller(FakeAws(down={"sts"}).clients(), make_stack())


async def test_credentials_of_another_account_are_refused() -> None:
    with pytest.raises(AccountError, match=r"of account 999.*is in account 123456789012"):
        await identify_caller(FakeAws(account="999").clients(), make_stack())


async def test_refused_credentials_are_an_error() -> None:
    aws = FakeAws()
    aws.fail("GetCallerIdentity", FakeFailure("ExpiredToken", status=403, message="expired"))

    with pytest.raises(AccountError, match=r"credentials are refused.*ExpiredToken: expired"):
        await identify_caller(aws.clients(), make_stack())


async def test_the_error_for_an_expired_signature_mentions_the_clock() -> None:
    """https://repost.aws/knowledge-center/lambda-sdk-signature"""
    aws = FakeAws()
    message = "Signature expired: 20261126T051647Z is now earlier than 20261126T063344Z"
    aws.fail("GetCallerIdentity", FakeFailure("SignatureDoesNotMatch", status=403, message=message))

    with pytest.raises(AccountError, match=r"is this machine's clock right\?"):
        await identify_caller(aws.clients(), make_stack())
