"""The stand-in makes the calls that Terraform's provider for AWS makes for the same resources.

Pulumi's own provider is that one behind another protocol. The recording was made by
tests/interop/terraform, which also checks that it is still true. Reads are not compared.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack

import pytest

from common.clock import SystemClock
from tests.functional.twin.control.control_process import running_control
from tests.functional.twin.provider.comparison.accelerator_group import delete_accelerator_group
from tests.functional.twin.provider.comparison.differences import Difference, read_differences
from tests.functional.twin.provider.comparison.normalized_calls import (
    NormalizedCall,
    normalize_calls,
)
from tests.functional.twin.provider.comparison.recording import read_recording
from tests.functional.twin.provider.comparison.resources import RESOURCES, Made
from tests.functional.twin.provider.driver import Driver
from tests.functional.twin.region.tables.conftest import HOME, PEER, RegionProcesses
from twin.iam.session_token import read_root_secret
from twin.provider.aws_client import AwsClient
from twin.provider.config import ProviderConfiguration, parse_configuration
from twin.provider.operations.provider import Provider
from twin.provider.protocol.server import ProviderServicer, start_server
from twin.provider.values import Properties
from twin.runtime.instance import internal_url
from twin.settings import TwinSettings

Call = tuple[str, str, str, Properties]
PHASES = ("create", "update", "delete")


class RecordingClient(AwsClient):
    """An AWS client that notes the calls that succeed. Each Region has tables of its own."""

    def __init__(
        self,
        configuration: ProviderConfiguration,
        tables: Mapping[str, AwsClient],
        calls: list[Call],
    ) -> None:
        super().__init__(configuration)
        self._tables = tables
        self._calls = calls
        self._noting = threading.Lock()

    def call(self, service: str, region: str, operation: str, params: Properties) -> Properties:
        if service == "dynamodb":
            response = self._tables[region].call(service, region, operation, params)
        else:
            response = super().call(service, region, operation, params)
        with self._noting:
            self._calls.append((service, region, operation, params))
        return response


@pytest.fixture(scope="module")
def standin_calls(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[dict[str, list[NormalizedCall]]]:
    """Phase -> the stand-in's calls, to control and to the tables of two Regions."""
    calls: list[Call] = []
    regions = RegionProcesses(tmp_path_factory.mktemp("regions"))
    regions.configure(TwinSettings(speed=100))
    with ExitStack() as stack:
        control = stack.enter_context(running_control(tmp_path_factory.mktemp("control")))
        stack.callback(regions.kill_all)
        regions.start(HOME, PEER)
        tables = {region: _tables_client(regions.endpoint(region)) for region in (HOME, PEER)}
        provider = Provider(
            environ={"AWS_ENDPOINT_URL": internal_url(control.instance.control_address)},
            clock=SystemClock(),
            root=tmp_path_factory.mktemp("program"),
            connect=lambda configuration: RecordingClient(configuration, tables, calls),
        )
        server, port = start_server(ProviderServicer(provider, "7.51.1"))
        stack.callback(lambda: server.stop(0).wait())
        driver = Driver(
            port,
            {
                "accessKey": control.instance.access_key,
                "secretKey": read_root_secret(control.instance),
                "defaultTags": {"tags": {"owner": "interop"}},
            },
        )
        stack.callback(driver.channel.close)
        ec2 = control.client("ec2", HOME)
        yield dict(_run_phases(driver, calls, lambda: delete_accelerator_group(ec2)))


def _tables_client(endpoint: str) -> AwsClient:
    return AwsClient(parse_configuration({}, {"AWS_ENDPOINT_URL": endpoint}))


def _run_phases(
    driver: Driver, calls: list[Call], before_vpc: Callable[[], None]
) -> Iterator[tuple[str, list[NormalizedCall]]]:
    made: Made = {}
    for resource in RESOURCES:
        made[resource.name] = driver.create(resource.token, resource.name, resource.args(made, 1))
    yield "create", normalize_calls(calls)
    calls.clear()
    for resource in RESOURCES:
        args = resource.args(made, 2)
        made[resource.name] = driver.update(made[resource.name], args)
    yield "update", normalize_calls(calls)
    calls.clear()
    for resource in reversed(RESOURCES):
        if resource.name == "vpc":
            before_vpc()
        driver.delete(made[resource.name])
    yield "delete", normalize_calls(calls)


def find_differences(standin: list[NormalizedCall], real: list[NormalizedCall]) -> list[Difference]:
    """Calls that only one of them makes, or makes more often."""
    ours, theirs = Counter(standin), Counter(real)
    only_ours = [Difference("stand-in", *call) for call in (ours - theirs).elements()]
    only_theirs = [Difference("real", *call) for call in (theirs - ours).elements()]
    return sorted(only_ours + only_theirs)


@pytest.mark.parametrize("phase", PHASES)
def test_the_stand_in_makes_the_real_provider_s_calls(
    standin_calls: dict[str, list[NormalizedCall]], phase: str
) -> None:
    found = find_differences(standin_calls[phase], read_recording()[phase])

    explained = [difference for each in read_differences()[phase] for difference in each.calls]
    assert found == sorted(explained)


def test_every_difference_has_a_reason() -> None:
    reasons = [each.reason for explained in read_differences().values() for each in explained]

    assert all(len(reason.split()) > 4 for reason in reasons)


def test_a_missing_and_an_extra_call_are_found() -> None:
    one, other = (NormalizedCall("iam", "", name, "{}") for name in ("TagRole", "UntagRole"))

    found = find_differences([one, one], [one, other])

    assert found == [Difference("real", *other), Difference("stand-in", *one)]
