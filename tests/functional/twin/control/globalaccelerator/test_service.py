"""Calls that the service refuses as a whole."""

from tests.functional.twin.aws_errors import Client
from tests.functional.twin.control.control_process import FRANKFURT, ControlProcess
from tests.functional.twin.control.globalaccelerator.calls import expect_error


def test_it_answers_in_us_west_2_only(shared: ControlProcess) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_CreateAccelerator.html."""
    elsewhere = shared.client("globalaccelerator", FRANKFURT)

    message = expect_error("AccessDeniedException", elsewhere.list_accelerators)

    assert "--region us-west-2" in message


def test_what_the_twin_lacks_says_so(client: Client) -> None:
    message = expect_error("NotImplemented", client.list_custom_routing_accelerators)

    assert "ListCustomRoutingAccelerators" in message
    assert "docs/services.md" in message


def test_nothing_is_shared_with_other_accounts(client: Client) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/dg/cross-account-resources.html."""
    account = "123456789012"
    resources = client.list_cross_account_resources(ResourceOwnerAwsAccountId=account)

    assert client.list_cross_account_attachments()["CrossAccountAttachments"] == []
    assert resources["CrossAccountResources"] == []
    accounts = client.list_cross_account_resource_accounts()["ResourceOwnerAwsAccountIds"]
    assert accounts == []
