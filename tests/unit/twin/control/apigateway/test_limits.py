"""Quotas."""

import pytest

from twin.control.apigateway.limits import check_quota
from twin.control.document_service import CallRefused


def test_one_more_than_the_quota_is_refused() -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""
    check_quota([1], 2, "things", "LimitExceededException")
    with pytest.raises(CallRefused, match="Maximum number of things") as caught:
        check_quota([1, 2], 2, "things", "LimitExceededException")

    assert (caught.value.code, caught.value.status) == ("LimitExceededException", 429)
