"""Functions in real execution environments: start and end, limits, failures, deployments."""

import asyncio
import base64
import io
import json
import os
import re
import signal
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from tests.functional.twin.region.region_process import (
    CONSTANT,
    FUNCTION_ARN,
    PORT,
    REGION,
    RegionDeployment,
    RegionProcess,
    older_versions,
)
from tests.waiting import async_eventually, eventually
from twin.internal_api.schemas import FunctionStatus
from twin.runtime.instance import internal_url
from twin.settings import TwinSettings

RESPONSE = '{"statusCode": 200, "isBase64Encoded": False, "headers": {}, "body": %s}'
SLOW = f"""
import time
def handler(event, context):
    time.sleep(float(event["queryStringParameters"].get("s", "0")))
    return {RESPONSE % '"done"'}
"""
DUMP_ENVIRONMENT = f"""
import json, os, sys
def handler(event, context):
    found = dict(environ=dict(os.environ), cwd=os.getcwd(), path=sys.path, pid=os.getpid())
    return {RESPONSE % "json.dumps(found)"}
"""
RETURN_PID = f"""
import os
def handler(event, context):
    return {RESPONSE % "str(os.getpid())"}
"""


def returning(text: str) -> str:
    return f"def handler(event, context):\n    return {RESPONSE % repr(text)}\n"


async def function_status(region: RegionProcess) -> FunctionStatus:
    (status,) = (await region.status()).functions
    return status


async def await_environments(
    region: RegionProcess, count: int, within_s: float = 10.0
) -> FunctionStatus:
    async def reached() -> FunctionStatus | None:
        status = await function_status(region)
        assert status.workers == count, status
        return status

    found = await async_eventually(reached, within_s=within_s)
    assert found is not None
    return found


async def invoke(
    region: RegionProcess,
    name: str = "app",
    payload: object = None,
    query: str = "",
    **headers: str,
) -> aiohttp.ClientResponse:
    address = internal_url(
        region.instance.region_address(REGION), f"/2015-03-31/functions/{name}/invocations{query}"
    )
    sent_headers = {header.replace("_", "-"): value for header, value in headers.items()}
    response = await region.http.post(address, data=json.dumps(payload or {}), headers=sent_headers)
    await response.read()
    return response


def is_alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


# -- the environment


async def test_a_function_has_lambdas_environment_variables(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""
    await region.deploy(
        RegionDeployment(code=region.zip(DUMP_ENVIRONMENT), environment=(("TABLE", "items"),))
    )

    found = json.loads((await region.get())[1])

    environ = found["environ"]
    assert environ["AWS_REGION"] == environ["AWS_DEFAULT_REGION"] == REGION
    assert environ["AWS_LAMBDA_FUNCTION_NAME"] == "app"
    assert environ["AWS_LAMBDA_FUNCTION_VERSION"] == "1"
    assert environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "128"
    assert (
        environ["AWS_EXECUTION_ENV"]
        == f"AWS_Lambda_python{sys.version_info[0]}.{sys.version_info[1]}"
    )
    assert environ["AWS_ENDPOINT_URL_DYNAMODB"] == internal_url(
        region.instance.region_address(REGION)
    )
    assert environ["TABLE"] == "items"
    assert environ["_HANDLER"] == "app.handler"
    assert environ["LAMBDA_TASK_ROOT"] == found["cwd"] == found["path"][0]
    assert not {"SECRET_OF_THE_PARENT", "TWIN_HOME", "TWIN_LEASH"} & environ.keys()
    assert str(Path(__file__).parents[4]) not in found["path"]


async def test_one_environment_is_started_in_advance(region: RegionProcess) -> None:
    await region.deploy(RegionDeployment(code=region.zip(RETURN_PID)))
    before = await await_environments(region, 1)

    assert (before.invocations, (await region.get())[0]) == (0, 200)
    assert (await function_status(region)).workers == 1


async def test_even_busy_environments_end_with_a_killed_region(
    region: RegionProcess, tmp_path: Path
) -> None:
    pid_file = tmp_path / "pid"
    source = f"""
import os, time
def handler(event, context):
    open({str(pid_file)!r}, "w").write(str(os.getpid()))
    time.sleep(60)
"""
    await region.deploy(RegionDeployment(code=region.zip(source), timeout_s=60.0))
    async with asyncio.TaskGroup() as clients:
        clients.create_task(_get_until_disconnect(region))
        pid = int(await async_eventually(lambda: asyncio.to_thread(pid_file.read_text)))
        assert is_alive(pid)
        assert region.process is not None

        region.process.kill()
        region.process.wait()

    eventually(lambda: not is_alive(pid))


async def _get_until_disconnect(region: RegionProcess) -> None:
    with pytest.raises(aiohttp.ClientError):
        await region.get()


async def test_environments_end_with_a_stopped_region(region: RegionProcess) -> None:
    await region.deploy(RegionDeployment(code=region.zip(RETURN_PID)))
    pid = int((await region.get())[1])
    assert region.process is not None

    region.process.send_signal(signal.SIGTERM)
    code = await asyncio.to_thread(region.process.wait, 10)

    assert code == 0
    eventually(lambda: not is_alive(pid))


async def test_concurrent_calls_start_environments_up_to_the_limit(
    region: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"""
    await region.stop()
    region.configure(TwinSettings(lambda_environments=3))
    await region.start()
    await region.deploy(RegionDeployment(code=region.zip(SLOW)))

    answers = await asyncio.gather(*(region.get("/?s=0.5") for _ in range(6)))

    assert {status for status, _ in answers} == {200}
    assert (await function_status(region)).workers == 3


async def test_the_environment_that_was_used_last_is_used_next(region: RegionProcess) -> None:
    await region.deploy(
        RegionDeployment(code=region.zip(SLOW + RETURN_PID.replace("handler", "pid")))
    )
    await asyncio.gather(*(region.get("/?s=0.4") for _ in range(3)))

    await region.deploy(RegionDeployment(code=region.zip(RETURN_PID)))
    seen = {(await region.get())[1] for _ in range(10)}

    assert len(seen) == 1


# -- failures


async def test_a_function_that_raises_is_a_502(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-502-issues"""
    await region.deploy(
        RegionDeployment(code=region.zip("def handler(event, context):\n    raise KeyError('oh')"))
    )

    status, _ = await region.get()

    assert status == 502
    assert (await function_status(region)).errors == 1
    eventually(lambda: "[ERROR] KeyError: 'oh'\nTraceback" in region.log())


async def test_a_time_out_ends_the_environment(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"""
    await region.deploy(RegionDeployment(code=region.zip(SLOW), timeout_s=1.0))
    assert region.process is not None
    await region.get()
    (before,) = children(region.process.pid)

    late = await region.get("/?s=30")
    after = await region.get()

    assert (late[0], after[0]) == (502, 200)
    eventually(lambda: not is_alive(before))
    eventually(lambda: "Task timed out after 1.00 seconds" in region.log())


async def test_a_crash_is_a_502_and_a_new_environment_follows(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-invoke-with-errors"""
    source = "import os\n" + SLOW.replace(
        "    time", "    if 'die' in event['path']: os._exit(7)\n    time"
    )
    await region.deploy(RegionDeployment(code=region.zip(source)))

    answers = [await region.get(path) for path in ("/", "/die", "/")]

    assert [status for status, _ in answers] == [200, 502, 200]
    eventually(lambda: "Runtime exited with error: exit status 7" in region.log())


@pytest.mark.parametrize("end", ["/hang", "/die"])
async def test_child_processes_of_a_function_end_with_it(region: RegionProcess, end: str) -> None:
    source = f"""
import os, subprocess, time
def handler(event, context):
    if event["path"] == "/start":
        child = subprocess.Popen(["sleep", "60"])
        return {RESPONSE % "str(child.pid)"}
    if event["path"] == "/die":
        os._exit(0)
    time.sleep(60)
"""
    await region.deploy(RegionDeployment(code=region.zip(source), timeout_s=1.0))
    pid = int((await region.get("/start"))[1])
    assert is_alive(pid)

    assert (await region.get(end))[0] == 502

    eventually(lambda: not is_alive(pid))


async def test_an_init_error_is_a_502_and_init_is_retried(
    region: RegionProcess, tmp_path: Path
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib"""
    flag = tmp_path / "works"
    source = f"import os\nassert os.path.exists({str(flag)!r}), 'not yet'\n" + CONSTANT
    await region.deploy(RegionDeployment(code=region.zip(source)))

    broken = await region.get()
    response = await invoke(region, "app:live")
    flag.touch()
    repaired = await region.get()

    assert (broken[0], repaired[0]) == (502, 200)
    assert response.headers["X-Amz-Function-Error"] == "Unhandled"
    assert (await response.json())["errorType"] == "AssertionError"


async def test_missing_code_is_a_502(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors"""
    await region.deploy(RegionDeployment(code="0" * 64))

    through_alb = await region.get()
    response = await invoke(region, "app:live")

    assert through_alb[0] == 502
    assert response.status == 502
    assert response.headers["X-Amzn-ErrorType"] == "InvalidZipFileException"


async def test_a_reserved_concurrency_of_zero_stops_the_function(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    deployed = RegionDeployment(code=region.zip(CONSTANT), reserved=0)
    await region.deploy(deployed)

    through_alb = await region.get()
    response = await invoke(region, "app:live")
    await region.deploy(replace(deployed, reserved=None))

    assert through_alb[0] == 502
    assert response.status == 429
    assert response.headers["X-Amzn-ErrorType"] == "TooManyRequestsException"
    document = await response.json()
    assert document["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert (await function_status(region)).throttles == 2
    assert (await region.get())[0] == 200


async def test_reserved_concurrency_limits_concurrent_invocations(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    await region.deploy(RegionDeployment(code=region.zip(SLOW), reserved=1))
    await region.get()

    answers = await asyncio.gather(*(region.get("/?s=0.5") for _ in range(3)))

    assert Counter(status for status, _ in answers) == {200: 1, 502: 2}


async def test_a_call_that_waits_too_long_for_an_environment_is_throttled(
    region: RegionProcess,
) -> None:
    await region.stop()
    region.configure(TwinSettings(lambda_environments=1))
    await region.start()
    await region.deploy(RegionDeployment(code=region.zip(SLOW), timeout_s=1.0))
    await region.get()

    answers = await asyncio.gather(*(region.get("/?s=0.8") for _ in range(4)))

    assert Counter(status for status, _ in answers) == {200: 2, 502: 2}
    assert (await function_status(region)).throttles == 2


# -- deployments


async def test_a_new_version_takes_over_without_failed_requests(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html"""
    first = RegionDeployment(code=region.zip(returning("old")))
    second = RegionDeployment(
        code=region.zip(returning("new")), version="2", older=older_versions(first)
    )
    await region.deploy(first)
    answers: list[tuple[int, str]] = []
    done = asyncio.Event()

    async def client() -> None:
        while not done.is_set():
            answers.append(await region.get())

    async with asyncio.TaskGroup() as clients:
        for _ in range(4):
            clients.create_task(client())
        await async_eventually(lambda: _as_coroutine(len(answers) > 50))
        await region.deploy(second)
        switched = len(answers)
        await async_eventually(lambda: _as_coroutine(len(answers) > switched + 50))
        done.set()

    assert {status for status, _ in answers} == {200}
    assert {text for _, text in answers[switched + 4 :]} == {"new"}


async def _as_coroutine(value: bool) -> bool:
    return value


async def test_a_request_in_flight_outlives_its_version(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html"""
    first = RegionDeployment(code=region.zip(SLOW))
    await region.deploy(first)
    await region.get()

    async with asyncio.TaskGroup() as clients:
        slow = clients.create_task(region.get("/?s=1"))
        await async_eventually(lambda: _is_busy(region))
        await region.deploy(RegionDeployment(code=region.zip(returning("new")), version="2"))
        quick = clients.create_task(region.get())

    assert (slow.result(), quick.result()) == ((200, "done"), (200, "new"))
    await await_environments(region, 1)


async def _is_busy(region: RegionProcess) -> bool:
    return (await function_status(region)).busy == 1


async def test_a_weighted_alias_splits_its_calls(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
    first = RegionDeployment(code=region.zip(returning("old")))
    second = RegionDeployment(
        code=region.zip(returning("new")),
        version="2",
        older=older_versions(first),
        additional_weights=(("1", 0.5),),
    )
    await region.deploy(second)

    seen = Counter([(await region.get())[1] for _ in range(60)])

    assert seen["old"] + seen["new"] == 60
    assert min(seen.values()) > 10


async def test_code_that_is_no_longer_deployed_is_removed(region: RegionProcess) -> None:
    first, second = (
        RegionDeployment(code=region.zip(returning("a"))),
        RegionDeployment(code=region.zip(returning("b"))),
    )
    folder = region.instance.region_state(REGION) / "code"
    await region.deploy(first)
    await region.get()

    await region.deploy(second)
    await region.get()

    eventually(lambda: [path.name for path in folder.iterdir()] == [second.code])


async def test_a_deleted_function_has_no_environments(region: RegionProcess) -> None:
    await region.deploy(RegionDeployment(code=region.zip(RETURN_PID)))
    pid = int((await region.get())[1])
    topology = RegionDeployment(code="").topology(region.address)

    await region.publish(replace(topology, functions=(), target_groups=(), load_balancers=()))

    eventually(lambda: not is_alive(pid))
    assert (await region.status()).functions == ()


# -- Invoke


async def test_invoke_answers_as_lambda_does(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
    source = "def handler(event, context):\n    print('hello')\n    return {'got': event}"
    await region.deploy(RegionDeployment(code=region.zip(source)))

    response = await invoke(
        region, payload={"a": 1}, query="?Qualifier=live", X_Amz_Log_Type="Tail"
    )

    assert (response.status, await response.json()) == (200, {"got": {"a": 1}})
    assert response.headers["X-Amz-Executed-Version"] == "1"
    assert "X-Amz-Function-Error" not in response.headers
    request_id = response.headers["X-Amzn-RequestId"]
    log = base64.b64decode(response.headers["X-Amz-Log-Result"]).decode()
    assert re.fullmatch(
        rf"START RequestId: {request_id} Version: 1\nhello\nEND RequestId: {request_id}\n"
        rf"REPORT RequestId: {request_id}\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms"
        r"\tMemory Size: 128 MB\tMax Memory Used: \d+ MB\tInit Duration: [\d.]+ ms\n",
        log,
    )
    assert log in region.log()


async def test_invoke_supports_dry_run_and_event(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
    source = "def handler(event, context):\n    print('seen', event)"
    await region.deploy(RegionDeployment(code=region.zip(source)))

    dry = await invoke(region, "app:live", X_Amz_Invocation_Type="DryRun")
    later = await invoke(region, "app:live", payload={"n": 5}, X_Amz_Invocation_Type="Event")

    assert (dry.status, later.status) == (204, 202)
    eventually(lambda: "seen {'n': 5}" in region.log())


async def test_invoke_rejects_bad_calls_with_lambdas_errors(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors"""
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT)))
    address = internal_url(
        region.instance.region_address(REGION), "/2015-03-31/functions/app:live/invocations"
    )

    async with region.http.post(address, data=b"no json") as bad:
        bad_content = (bad.status, bad.headers["X-Amzn-ErrorType"])
    async with region.http.post(address, data=io.BytesIO(b" " * 6_291_457)) as big:
        too_large = (big.status, big.headers["X-Amzn-ErrorType"])
    unknown = await invoke(region, "other")
    no_alias = await invoke(region, "app:absent")
    elsewhere = await invoke(region, FUNCTION_ARN.replace(REGION, "us-west-2"))

    assert bad_content == (400, "InvalidRequestContentException")
    assert too_large == (413, "RequestTooLargeException")
    for response in (unknown, no_alias):
        assert (response.status, response.headers["X-Amzn-ErrorType"]) == (
            404,
            "ResourceNotFoundException",
        )
    assert elsewhere.status == 400


async def test_a_response_of_more_than_six_megabytes_is_an_error(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    await region.deploy(
        RegionDeployment(
            code=region.zip("def handler(event, context):\n    return 'x' * event['n']")
        )
    )

    largest = await invoke(region, "app:live", payload={"n": 6_291_554})
    too_large = await invoke(region, "app:live", payload={"n": 6_291_555})

    assert len(await largest.read()) == 6_291_556
    assert too_large.headers["X-Amz-Function-Error"] == "Unhandled"
    assert (await too_large.json())["errorType"] == "Function.ResponseSizeTooLarge"


async def test_an_environment_that_is_killed_is_replaced(region: RegionProcess) -> None:
    await region.deploy(RegionDeployment(code=region.zip(RETURN_PID)))
    before = int((await region.get())[1])

    os.kill(before, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{before}").exists())  # the Region has reaped it
    status, after = await region.get()

    assert status == 200
    assert int(after) != before


async def test_a_request_in_flight_does_not_start_a_deleted_function(
    region: RegionProcess,
) -> None:
    await region.deploy(RegionDeployment(code=region.zip(RETURN_PID)))
    pid = int((await region.get())[1])
    reader, writer = await asyncio.open_connection(region.address, PORT)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n12")

    async def request_counted() -> bool:
        return (await region.status()).load_balancers[0].requests == 2

    await async_eventually(request_counted)
    topology = RegionDeployment(code="").topology(region.address)

    await region.publish(replace(topology, functions=()))
    eventually(lambda: not is_alive(pid))
    writer.write(b"34")
    status_line = await reader.readline()
    writer.close()

    assert status_line == b"HTTP/1.1 502 Bad Gateway\r\n"
    assert "START" not in region.log().partition("REPORT")[2]


async def test_a_function_may_have_as_many_files_open_as_on_lambda(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    limits = (
        "import resource\n"
        "def handler(event, context):\n"
        "    return {'statusCode': 200, 'headers': {}, 'isBase64Encoded': False,"
        " 'body': str(resource.getrlimit(resource.RLIMIT_NOFILE))}"
    )
    await region.deploy(RegionDeployment(code=region.zip(limits)))

    assert (await region.get())[1] == "(1024, 1024)"
