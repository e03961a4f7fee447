"""Pages of lists."""

import pytest

from tests.unit.twin.control.globalaccelerator.fake_service import FakeService
from twin.control.globalaccelerator.errors import InvalidNextToken


def test_pages_are_ten_long_unless_told() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListAccelerators.html."""
    service = FakeService()
    arns = [service.create_accelerator(f"a{n}") for n in range(12)]

    first = service.call("ListAccelerators")
    second = service.call("ListAccelerators", NextToken=first["NextToken"])

    listed = [a["AcceleratorArn"] for page in (first, second) for a in page["Accelerators"]]
    assert listed == arns
    assert "NextToken" not in second


def test_a_token_is_good_for_its_own_list_only() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListListeners.html."""
    service = FakeService()
    one, other = service.create_accelerator("a"), service.create_accelerator("b")
    for owner in (one, other):
        for port in (1, 2):
            service.create_listener(owner, port)
    token = service.call("ListListeners", AcceleratorArn=one, MaxResults=1)["NextToken"]

    with pytest.raises(InvalidNextToken):
        service.call("ListListeners", AcceleratorArn=other, NextToken=token)
    for nonsense in ("x", "", "====", "ÿ"):
        with pytest.raises(InvalidNextToken):
            service.call("ListListeners", AcceleratorArn=one, NextToken=nonsense)


def test_a_caller_that_deletes_what_a_page_shows_sees_every_item() -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_ListListeners.html."""
    service = FakeService()
    accelerator = service.create_accelerator("a")
    arns = [service.create_listener(accelerator, port) for port in range(1, 6)]
    seen: list[str] = []
    more: dict[str, object] = {}
    while True:
        page = service.call("ListListeners", AcceleratorArn=accelerator, MaxResults=2, **more)
        for listener in page["Listeners"]:
            seen.append(listener["ListenerArn"])
            service.call("DeleteListener", ListenerArn=seen[-1])
        if "NextToken" not in page:
            break
        more = {"NextToken": page["NextToken"]}

    assert seen == arns
