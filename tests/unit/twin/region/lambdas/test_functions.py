"""How many invocations of a function may wait."""

import random
from pathlib import Path

import pytest

from common.clock import SystemClock
from twin.iam.session_token import TemporaryCredentials
from twin.region.ids import IdGenerator
from twin.region.lambdas.child_processes import ChildProcesses
from twin.region.lambdas.code_store import CodeStore
from twin.region.lambdas.function_log import FunctionLog
from twin.region.lambdas.functions import HostedFunction
from twin.region.lambdas.invocation import Throttled, ThrottleReason
from twin.region.lambdas.log_delivery import LogDelivery
from twin.region.lambdas.metrics import ConcurrencyGauge
from twin.region.lambdas.pool import PoolResources
from twin.region.lambdas.runtime_env import RuntimeVariables
from twin.runtime.instance import Instance
from twin.topology.model import FunctionVersion, LambdaFunction

REGION = "us-west-2"
LATEST = FunctionVersion(
    version="$LATEST",
    code_sha256="",
    handler="app.handler",
    runtime="python3.13",
    timeout_s=900.0,
    memory_mb=128,
)


async def test_a_function_has_a_limited_number_of_waiting_invocations(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"""
    instance, clock = Instance(tmp_path, 12), SystemClock()
    ids = IdGenerator(clock, random.Random(1))
    resources = PoolResources(
        code=CodeStore(instance, REGION),
        children=ChildProcesses(),
        variables=RuntimeVariables(
            instance=instance,
            region=REGION,
            machine={},
            make_credentials=lambda _function, _role: TemporaryCredentials(
                key_id="ASIA", secret="s", token="t"
            ),
        ),
        clock=clock,
        spawn=lambda _: None,
        runtime_host="127.0.0.1",
        temp_folder=tmp_path / "tmp",
        new_id=ids.request_id,
        delivery=LogDelivery(clock.now),
        is_saturated=lambda: False,
    )
    function = HostedFunction(
        LambdaFunction(arn="arn", name="f", versions=(LATEST,)),
        resources=resources,
        log_file=FunctionLog(tmp_path / "log"),
        ids=ids,
        region_concurrency=ConcurrencyGauge(),
        max_in_flight=2,
    )
    function.configure(function.config, prestarted=frozenset(), limit=0)
    waiting = [function.submit("", b"{}") for _ in range(2)]

    with pytest.raises(Throttled) as throttled:
        function.submit("", b"{}")

    assert throttled.value.reason is ThrottleReason.CONCURRENT
    assert function.status().throttles == 1
    function.kill()
    assert [type(future.exception()) for future in waiting] == [Throttled, Throttled]
