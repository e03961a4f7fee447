"""Accelerators: when one may be deleted, and what its tags change."""

import pytest

from tests.unit.twin.control.globalaccelerator.fake_service import FakeService
from twin.control.globalaccelerator.errors import TransactionInProgress
from twin.control.globalaccelerator.model import find_accelerator, mark_deployed


def test_deleting_while_in_progress_is_refused() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_DeleteAccelerator.html."""
    service = FakeService()
    arn = service.create_accelerator()
    service.call("UpdateAccelerator", AcceleratorArn=arn, Enabled=False)

    with pytest.raises(TransactionInProgress):
        service.call("DeleteAccelerator", AcceleratorArn=arn)


def test_tags_leave_the_status_alone() -> None:
    service = FakeService()
    arn = service.create_accelerator()
    service.state = mark_deployed(service.state, arn)

    service.call("TagResource", ResourceArn=arn, Tags=[{"Key": "a", "Value": "b"}])

    assert find_accelerator(service.state, arn).status == "DEPLOYED"
    assert service.call("ListTagsForResource", ResourceArn=arn) == {
        "Tags": [{"Key": "a", "Value": "b"}]
    }
