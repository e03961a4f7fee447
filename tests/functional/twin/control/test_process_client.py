"""Which Regions control has the gateway start."""

from tests.functional.twin.control.control_process import (
    FRANKFURT,
    HOME_REGION,
    ControlProcess,
    FakeProcess,
)
from tests.functional.twin.control.resources import create_service
from tests.waiting import eventually


def test_a_region_with_something_to_serve_is_started_once(control: ControlProcess) -> None:
    gateway = FakeProcess(control.instance.gateway_address)
    control.instance.region_state(HOME_REGION).mkdir(parents=True)  # has been started before

    create_service(control, FRANKFURT)
    create_service(control, HOME_REGION)

    eventually(lambda: gateway.posts)
    control.client("globalaccelerator", HOME_REGION).create_accelerator(Name="a")
    assert gateway.posts == [f"/_twin/regions/{FRANKFURT}"]
    gateway.close()
