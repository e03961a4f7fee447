"""Quotas."""

import pytest

from twin.control.apigateway.limits import TEMPLATE_BYTES, check_quota, check_template_size
from twin.control.document_service import CallRefused


def test_one_more_than_the_quota_is_refused() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
    check_quota([1], 2, "things", "LimitExceededException")
    with pytest.raises(CallRefused, match="Maximum number of things") as caught:
        check_quota([1, 2], 2, "things", "LimitExceededException")

    assert (caught.value.code, caught.value.status) == ("LimitExceededException", 429)


def test_a_mapping_template_has_a_size() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-execution-service-limits-table.html"""
    check_template_size("a" * TEMPLATE_BYTES)
    with pytest.raises(CallRefused, match="can have at most 307200"):
        check_template_size("a" * TEMPLATE_BYTES + "b")
