"""One twin for all programs."""

import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from common.clock import SystemClock
from tests.instances import claim_instance
from twin.cli.lifecycle_commands import UpRequest, bring_down, bring_up
from twin.cli.progress import Progress
from twin.runtime.instance import Instance

SPEED = 20.0


@pytest.fixture(scope="session")
def twin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """A whole twin, with nothing in it."""
    instance = Instance(tmp_path_factory.mktemp("twin"), claim_instance())
    progress = Progress(SystemClock(), lambda _: None)
    bring_up(instance, UpRequest(number="", settings={"speed": SPEED}), os.environ, progress)
    yield instance
    bring_down(instance, progress, keep_state=False)


def make_ec2_client(twin: Instance) -> Any:  # noqa: ANN401 - boto3's clients have no types
    """A client in the Region that the programs use."""
    return boto3.client(
        "ec2",
        endpoint_url=twin.endpoint_url,
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
