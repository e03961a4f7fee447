"""Destinations and formats of access logs."""

import pytest

from tests.unit.twin.control.apigateway.calls import LOG_GROUP, REGION
from twin.control.apigateway.access_logs import check_destination, check_format, log_group_name
from twin.control.document_service import CallRefused


def test_a_destination_is_a_log_group_of_the_region() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html"""
    assert check_destination(f"{LOG_GROUP}:*", REGION) == LOG_GROUP
    assert log_group_name(LOG_GROUP) == "/aws/api"
    assert log_group_name("") == ""


@pytest.mark.parametrize("arn", ["x", LOG_GROUP.replace(REGION, "us-west-2"), f"{LOG_GROUP}:a"])
def test_others_are_refused(arn: str) -> None:
    with pytest.raises(CallRefused, match="Invalid ARN"):
        check_destination(arn, REGION)


def test_a_delivery_stream_is_refused_by_name() -> None:
    with pytest.raises(CallRefused, match="Firehose") as caught:
        check_destination("arn:aws:firehose:eu-central-1:1:deliverystream/a", REGION)

    assert caught.value.status == 501


def test_a_format_is_one_line_with_the_request() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html"""
    assert check_format("$context.extendedRequestId\n") == "$context.extendedRequestId\n"
    for wrong in ("$context.status", "$context.requestId\n$context.status"):
        with pytest.raises(CallRefused, match="single line"):
            check_format(wrong)


def test_a_format_has_a_size() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
    text = "$context.requestId"
    assert check_format(text.ljust(3072))
    with pytest.raises(CallRefused, match="at most 3072 bytes"):
        check_format(text.ljust(3073))
