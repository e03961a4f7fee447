"""What an environment makes of its runtime's calls."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.clock import SystemClock
from twin.region.lambdas.execution_environment import (
    EnvironmentSpec,
    ExecutionEnvironment,
    InitFailure,
)
from twin.region.lambdas.function_log import FunctionLog
from twin.region.lambdas.invocation import Invocation, InvocationResult
from twin.region.lambdas.runtime_env import RuntimeVariables
from twin.runtime.instance import Instance
from twin.topology.model import FunctionVersion


class Owner:
    """Has no work."""

    def __init__(self) -> None:
        self.asked = 0

    def ready(self, environment: ExecutionEnvironment) -> Invocation | None:
        assert environment.state == "idle"
        self.asked += 1
        return None

    def finished(self, invocation: Invocation, outcome: InvocationResult) -> None:
        raise AssertionError(invocation, outcome)

    def gone(self, environment: ExecutionEnvironment, why: InitFailure | None) -> None:
        raise AssertionError(environment, why)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[FunctionLog]:
    made = FunctionLog(tmp_path / "log")
    yield made
    made.close()


async def test_an_idle_environment_that_asks_again_is_not_counted_twice(
    tmp_path: Path, log: FunctionLog
) -> None:
    """Else it would be given two events at once, and one of them would never be answered."""
    version = FunctionVersion(
        version="1",
        code_sha256="",
        handler="app.handler",
        runtime="python3.13",
        timeout_s=1.0,
        memory_mb=128,
    )
    home = Instance(tmp_path, 12)
    build = EnvironmentSpec(
        function="f",
        version=version,
        task_root=tmp_path,
        scratch=tmp_path / "tmp",
        log_stream="s",
        host="127.0.0.1",
        surroundings=RuntimeVariables(instance=home, region="us-west-2", machine={}),
    )
    owner = Owner()
    environment = ExecutionEnvironment(build, owner=owner, log=log, clock=SystemClock())

    environment.asks_for_work()
    environment.asks_for_work()

    assert owner.asked == 1
