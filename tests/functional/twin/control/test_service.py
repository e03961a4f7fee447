"""A change is published before its answer, and deployed once the edge has it."""

from typing import Any

from tests.functional.twin.control.control_process import (
    FRANKFURT,
    HOME_REGION,
    ControlProcess,
    FakeEdge,
)
from tests.functional.twin.control.resources import create_accelerator, create_service
from tests.waiting import eventually


def test_it_is_published_before_the_answer(control: ControlProcess) -> None:
    services = (create_service(control, FRANKFURT),)
    created = create_accelerator(control, services)
    client = control.client("globalaccelerator", HOME_REGION)

    for dial in (0.0, 50.0, 100.0):
        client.update_endpoint_group(
            EndpointGroupArn=created.groups[FRANKFURT], TrafficDialPercentage=dial
        )
        assert control.topology().accelerators[0].listeners[0].groups[0].dial == dial


def test_only_a_change_of_content_makes_a_new_version(control: ControlProcess) -> None:
    ec2: Any = control.client("ec2")
    before = control.topology().version

    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    assert control.topology().version == before

    control.client("globalaccelerator", HOME_REGION).create_accelerator(Name="a")
    assert control.topology().version == before + 1


def test_without_an_edge_a_change_stays_in_progress(control: ControlProcess) -> None:
    """https://docs.aws.amazon.com/global-accelerator/latest/api/API_Accelerator.html."""
    client = control.client("globalaccelerator", HOME_REGION)
    arn = client.create_accelerator(Name="a")["Accelerator"]["AcceleratorArn"]
    bystander = FakeEdge(control, "region/eu-central-1")
    eventually(lambda: bystander.versions)

    def status() -> str:
        answer: str = client.describe_accelerator(AcceleratorArn=arn)["Accelerator"]["Status"]
        return answer

    assert status() == "IN_PROGRESS"
    edge = FakeEdge(control)
    eventually(lambda: status() == "DEPLOYED")
    edge.close()
    bystander.close()
