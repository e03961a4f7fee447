"""Requests of the runtime to its execution environment."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.clock import SystemClock
from twin.iam.session_token import TemporaryCredentials
from twin.region.lambdas.child_processes import ChildProcesses
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

CREDENTIALS = TemporaryCredentials(key_id="ASIA", secret="s", token="t")


class IdleOwner:
    """Has no invocations."""

    def __init__(self) -> None:
        self.requests = 0

    def next_invocation(self, environment: ExecutionEnvironment) -> Invocation | None:
        assert environment.state == "idle"
        self.requests += 1
        return None

    def invocation_finished(self, invocation: Invocation, result: InvocationResult) -> None:
        raise AssertionError(invocation, result)

    def environment_ended(
        self, environment: ExecutionEnvironment, failure: InitFailure | None
    ) -> None:
        raise AssertionError(environment, failure)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[FunctionLog]:
    log = FunctionLog(tmp_path / "log")
    yield log
    log.close()


async def test_an_idle_environment_is_offered_to_its_owner_once(
    tmp_path: Path, log: FunctionLog
) -> None:
    """Otherwise it would get two events at once, and one of them would never be answered."""
    version = FunctionVersion(
        version="1",
        code_sha256="",
        handler="app.handler",
        runtime="python3.13",
        timeout_s=1.0,
        memory_mb=128,
    )
    home = Instance(tmp_path, 12)
    spec = EnvironmentSpec(
        function="f",
        version=version,
        task_root=tmp_path,
        temp_folder=tmp_path / "tmp",
        log_stream="s",
        host="127.0.0.1",
        variables=RuntimeVariables(
            instance=home,
            region="us-west-2",
            machine={},
            make_credentials=lambda _function, _role: CREDENTIALS,
        ),
    )
    owner = IdleOwner()
    environment = ExecutionEnvironment(
        spec, owner=owner, log=log, children=ChildProcesses(), clock=SystemClock()
    )

    environment.next_requested()
    environment.next_requested()

    assert owner.requests == 1
