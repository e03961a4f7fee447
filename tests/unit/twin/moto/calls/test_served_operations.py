"""The table of served operations, for control and for readers."""

import re
from pathlib import Path

import botocore.session
import pytest

from tests.soak.calls.generator import MODELS
from twin.moto.calls.served_operations import SERVED, is_served

PAGE = (Path(__file__).parents[5] / "docs/services.md").read_text()


@pytest.mark.parametrize("service", SERVED)
def test_the_page_lists_what_is_served(service: str) -> None:
    (section,) = re.findall(
        rf"^### .*\(`{service}`\)\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL
    )
    (block,) = re.findall(r"^```\n(.*?)^```", section, re.MULTILINE | re.DOTALL)

    assert sorted(block.split()) == sorted(SERVED[service])


@pytest.mark.parametrize("service", SERVED)
def test_every_served_operation_is_one_of_the_services(service: str) -> None:
    model = botocore.session.get_session().get_service_model(MODELS.get(service, service))

    assert SERVED[service] <= set(model.operation_names)


def test_other_services_and_operations_are_not_served() -> None:
    assert is_served("ec2", "CreateVpc")
    assert not is_served("ec2", "RunInstances")
    assert not is_served("sqs", "CreateQueue")
    assert not is_served(None, "CreateVpc")
