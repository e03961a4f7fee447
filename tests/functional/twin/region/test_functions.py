"""Functions in real execution environments: life, limits, failures, deployments."""

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

ANSWER = '{"statusCode": 200, "isBase64Encoded": False, "headers": {}, "body": %s}'
SLOW = f"""
import time
def handler(event, context):
    time.sleep(float(event["queryStringParameters"].get("s", "0")))
    return {ANSWER % '"done"'}
"""
WHERE = f"""
import json, os, sys
def handler(event, context):
    found = dict(environ=dict(os.environ), cwd=os.getcwd(), path=sys.path, pid=os.getpid())
    return {ANSWER % "json.dumps(found)"}
"""
PID = f"""
import os
def handler(event, context):
    return {ANSWER % "str(os.getpid())"}
"""


def saying(text: str) -> str:
    return f"def handler(event, context):\n    return {ANSWER % repr(text)}\n"


async def one(world: RegionProcess) -> FunctionStatus:
    (status,) = (await world.status()).functions
    return status


async def workers(world: RegionProcess, count: int, within_s: float = 10.0) -> FunctionStatus:
    async def reached() -> FunctionStatus | None:
        status = await one(world)
        assert status.workers == count, status
        return status

    found = await async_eventually(reached, within_s=within_s)
    assert found is not None
    return found


async def invoke(
    world: RegionProcess, name: str = "app", payload: object = None, query: str = "", **headers: str
) -> aiohttp.ClientResponse:
    address = internal_url(
        world.instance.region_address(REGION), f"/2015-03-31/functions/{name}/invocations{query}"
    )
    sent = {header.replace("_", "-"): value for header, value in headers.items()}
    response = await world.http.post(address, data=json.dumps(payload or {}), headers=sent)
    await response.read()
    return response


def alive(pid: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def children(pid: int) -> list[int]:
    found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [int(child) for child in found]


# -- the environment


async def test_a_function_finds_what_lambda_sets(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime"""
    await world.deploy(RegionDeployment(code=world.zip(WHERE), environment=(("TABLE", "items"),)))

    found = json.loads((await world.get())[1])

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
        world.instance.region_address(REGION)
    )
    assert environ["TABLE"] == "items"
    assert environ["_HANDLER"] == "app.handler"
    assert environ["LAMBDA_TASK_ROOT"] == found["cwd"] == found["path"][0]
    assert not {"SECRET_OF_THE_CALLER", "TWIN_HOME", "TWIN_LEASH"} & environ.keys()
    assert str(Path(__file__).parents[4]) not in found["path"]


async def test_one_environment_is_started_ahead(world: RegionProcess) -> None:
    await world.deploy(RegionDeployment(code=world.zip(PID)))
    before = await workers(world, 1)

    assert (before.invocations, (await world.get())[0]) == (0, 200)
    assert (await one(world)).workers == 1


async def test_environments_end_with_a_killed_region_even_busy_ones(
    world: RegionProcess, tmp_path: Path
) -> None:
    note = tmp_path / "pid"
    source = f"""
import os, time
def handler(event, context):
    open({str(note)!r}, "w").write(str(os.getpid()))
    time.sleep(60)
"""
    await world.deploy(RegionDeployment(code=world.zip(source), timeout_s=60.0))
    async with asyncio.TaskGroup() as clients:
        clients.create_task(_cut_off(world))
        pid = int(await async_eventually(lambda: asyncio.to_thread(note.read_text)))
        assert alive(pid)
        assert world.process is not None

        world.process.kill()
        world.process.wait()

    eventually(lambda: not alive(pid))


async def _cut_off(world: RegionProcess) -> None:
    with pytest.raises(aiohttp.ClientError):
        await world.get()


async def test_environments_end_with_a_stopped_region(world: RegionProcess) -> None:
    await world.deploy(RegionDeployment(code=world.zip(PID)))
    pid = int((await world.get())[1])
    assert world.process is not None

    world.process.send_signal(signal.SIGTERM)
    code = await asyncio.to_thread(world.process.wait, 10)

    assert code == 0
    eventually(lambda: not alive(pid))


async def test_more_calls_at_once_get_more_environments_up_to_the_limit(
    world: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html"""
    await world.stop()
    world.configure(TwinSettings(lambda_environments=3))
    await world.start()
    await world.deploy(RegionDeployment(code=world.zip(SLOW)))

    answers = await asyncio.gather(*(world.get("/?s=0.5") for _ in range(6)))

    assert {status for status, _ in answers} == {200}
    assert (await one(world)).workers == 3


async def test_the_environment_that_was_used_last_is_used_next(world: RegionProcess) -> None:
    await world.deploy(RegionDeployment(code=world.zip(SLOW + PID.replace("handler", "pid"))))
    await asyncio.gather(*(world.get("/?s=0.4") for _ in range(3)))

    await world.deploy(RegionDeployment(code=world.zip(PID)))
    seen = {(await world.get())[1] for _ in range(10)}

    assert len(seen) == 1


# -- failures


async def test_a_function_that_raises_is_a_502(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-troubleshooting.html#http-502-issues"""
    await world.deploy(
        RegionDeployment(code=world.zip("def handler(event, context):\n    raise KeyError('oh')"))
    )

    status, _ = await world.get()

    assert status == 502
    assert (await one(world)).errors == 1
    eventually(lambda: "[ERROR] KeyError: 'oh'\nTraceback" in world.log())


async def test_a_time_out_ends_the_environment(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html"""
    await world.deploy(RegionDeployment(code=world.zip(SLOW), timeout_s=1.0))
    assert world.process is not None
    await world.get()
    (before,) = children(world.process.pid)

    late = await world.get("/?s=30")
    after = await world.get()

    assert (late[0], after[0]) == (502, 200)
    eventually(lambda: not alive(before))
    eventually(lambda: "Task timed out after 1.00 seconds" in world.log())


async def test_a_crash_is_a_502_and_a_new_environment_follows(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-invoke-with-errors"""
    source = "import os\n" + SLOW.replace(
        "    time", "    if 'die' in event['path']: os._exit(7)\n    time"
    )
    await world.deploy(RegionDeployment(code=world.zip(source)))

    answers = [await world.get(path) for path in ("/", "/die", "/")]

    assert [status for status, _ in answers] == [200, 502, 200]
    eventually(lambda: "Runtime exited with error: exit status 7" in world.log())


@pytest.mark.parametrize("end", ["/hang", "/die"])
async def test_what_a_function_started_ends_with_it(world: RegionProcess, end: str) -> None:
    source = f"""
import os, subprocess, time
def handler(event, context):
    if event["path"] == "/start":
        child = subprocess.Popen(["sleep", "60"])
        return {ANSWER % "str(child.pid)"}
    if event["path"] == "/die":
        os._exit(0)
    time.sleep(60)
"""
    await world.deploy(RegionDeployment(code=world.zip(source), timeout_s=1.0))
    pid = int((await world.get("/start"))[1])
    assert alive(pid)

    assert (await world.get(end))[0] == 502

    eventually(lambda: not alive(pid))


async def test_an_init_error_is_a_502_and_init_is_tried_again(
    world: RegionProcess, tmp_path: Path
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib"""
    flag = tmp_path / "works"
    source = f"import os\nassert os.path.exists({str(flag)!r}), 'not yet'\n" + CONSTANT
    await world.deploy(RegionDeployment(code=world.zip(source)))

    broken = await world.get()
    response = await invoke(world, "app:live")
    flag.touch()
    mended = await world.get()

    assert (broken[0], mended[0]) == (502, 200)
    assert response.headers["X-Amz-Function-Error"] == "Unhandled"
    assert (await response.json())["errorType"] == "AssertionError"


async def test_code_that_is_missing_or_no_zip_is_a_502(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors"""
    await world.deploy(RegionDeployment(code="0" * 64))

    through_alb = await world.get()
    response = await invoke(world, "app:live")

    assert through_alb[0] == 502
    assert response.status == 502
    assert response.headers["X-Amzn-ErrorType"] == "InvalidZipFileException"


async def test_a_reserved_concurrency_of_zero_stops_the_function(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    deployed = RegionDeployment(code=world.zip(CONSTANT), reserved=0)
    await world.deploy(deployed)

    through_alb = await world.get()
    response = await invoke(world, "app:live")
    await world.deploy(replace(deployed, reserved=None))

    assert through_alb[0] == 502
    assert response.status == 429
    assert response.headers["X-Amzn-ErrorType"] == "TooManyRequestsException"
    document = await response.json()
    assert document["Reason"] == "ReservedFunctionConcurrentInvocationLimitExceeded"
    assert (await one(world)).throttles == 2
    assert (await world.get())[0] == 200


async def test_reserved_concurrency_bounds_what_runs_at_once(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html"""
    await world.deploy(RegionDeployment(code=world.zip(SLOW), reserved=1))
    await world.get()

    answers = await asyncio.gather(*(world.get("/?s=0.5") for _ in range(3)))

    assert Counter(status for status, _ in answers) == {200: 1, 502: 2}


async def test_who_waits_too_long_for_an_environment_is_throttled(world: RegionProcess) -> None:
    await world.stop()
    world.configure(TwinSettings(lambda_environments=1))
    await world.start()
    await world.deploy(RegionDeployment(code=world.zip(SLOW), timeout_s=1.0))
    await world.get()

    answers = await asyncio.gather(*(world.get("/?s=0.8") for _ in range(4)))

    assert Counter(status for status, _ in answers) == {200: 2, 502: 2}
    assert (await one(world)).throttles == 2


# -- deployments


async def test_a_new_version_takes_over_and_nothing_is_lost(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html"""
    first = RegionDeployment(code=world.zip(saying("old")))
    second = RegionDeployment(
        code=world.zip(saying("new")), version="2", older=older_versions(first)
    )
    await world.deploy(first)
    answers: list[tuple[int, str]] = []
    done = asyncio.Event()

    async def client() -> None:
        while not done.is_set():
            answers.append(await world.get())

    async with asyncio.TaskGroup() as clients:
        for _ in range(4):
            clients.create_task(client())
        await async_eventually(lambda: _settled(len(answers) > 50))
        await world.deploy(second)
        switched = len(answers)
        await async_eventually(lambda: _settled(len(answers) > switched + 50))
        done.set()

    assert {status for status, _ in answers} == {200}
    assert {text for _, text in answers[switched + 4 :]} == {"new"}


async def _settled(value: bool) -> bool:
    return value


async def test_a_request_in_flight_outlives_its_version(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-aliases.html"""
    first = RegionDeployment(code=world.zip(SLOW))
    await world.deploy(first)
    await world.get()

    async with asyncio.TaskGroup() as clients:
        slow = clients.create_task(world.get("/?s=1"))
        await async_eventually(lambda: _is_busy(world))
        await world.deploy(RegionDeployment(code=world.zip(saying("new")), version="2"))
        quick = clients.create_task(world.get())

    assert (slow.result(), quick.result()) == ((200, "done"), (200, "new"))
    await workers(world, 1)


async def _is_busy(world: RegionProcess) -> bool:
    return (await one(world)).busy == 1


async def test_an_alias_may_share_its_calls(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuring-alias-routing.html"""
    first = RegionDeployment(code=world.zip(saying("old")))
    second = RegionDeployment(
        code=world.zip(saying("new")),
        version="2",
        older=older_versions(first),
        additional_weights=(("1", 0.5),),
    )
    await world.deploy(second)

    seen = Counter([(await world.get())[1] for _ in range(60)])

    assert seen["old"] + seen["new"] == 60
    assert min(seen.values()) > 10


async def test_code_that_is_no_longer_deployed_is_removed(world: RegionProcess) -> None:
    first, second = (
        RegionDeployment(code=world.zip(saying("a"))),
        RegionDeployment(code=world.zip(saying("b"))),
    )
    folder = world.instance.region_state(REGION) / "code"
    await world.deploy(first)
    await world.get()

    await world.deploy(second)
    await world.get()

    eventually(lambda: [path.name for path in folder.iterdir()] == [second.code])


async def test_a_deleted_function_leaves_nothing(world: RegionProcess) -> None:
    await world.deploy(RegionDeployment(code=world.zip(PID)))
    pid = int((await world.get())[1])
    region = RegionDeployment(code="").region(world.address)

    await world.publish(replace(region, functions=(), target_groups=(), load_balancers=()))

    eventually(lambda: not alive(pid))
    assert (await world.status()).functions == ()


# -- Invoke


async def test_invoke_answers_as_lambda_does(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
    source = "def handler(event, context):\n    print('hello')\n    return {'got': event}"
    await world.deploy(RegionDeployment(code=world.zip(source)))

    response = await invoke(world, payload={"a": 1}, query="?Qualifier=live", X_Amz_Log_Type="Tail")

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
    assert log in world.log()


async def test_invoke_has_other_manners(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""
    source = "def handler(event, context):\n    print('seen', event)"
    await world.deploy(RegionDeployment(code=world.zip(source)))

    dry = await invoke(world, "app:live", X_Amz_Invocation_Type="DryRun")
    later = await invoke(world, "app:live", payload={"n": 5}, X_Amz_Invocation_Type="Event")

    assert (dry.status, later.status) == (204, 202)
    eventually(lambda: "seen {'n': 5}" in world.log())


async def test_invoke_refuses_in_lambdas_words(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors"""
    await world.deploy(RegionDeployment(code=world.zip(CONSTANT)))
    address = internal_url(
        world.instance.region_address(REGION), "/2015-03-31/functions/app:live/invocations"
    )

    async with world.http.post(address, data=b"no json") as bad:
        bad_content = (bad.status, bad.headers["X-Amzn-ErrorType"])
    async with world.http.post(address, data=io.BytesIO(b" " * 6_291_457)) as big:
        too_large = (big.status, big.headers["X-Amzn-ErrorType"])
    unknown = await invoke(world, "other")
    no_alias = await invoke(world, "app:absent")
    elsewhere = await invoke(world, FUNCTION_ARN.replace(REGION, "us-west-2"))

    assert bad_content == (400, "InvalidRequestContentException")
    assert too_large == (413, "RequestTooLargeException")
    for response in (unknown, no_alias):
        assert (response.status, response.headers["X-Amzn-ErrorType"]) == (
            404,
            "ResourceNotFoundException",
        )
    assert elsewhere.status == 400


async def test_an_answer_of_more_than_six_megabytes_is_an_error(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    await world.deploy(
        RegionDeployment(
            code=world.zip("def handler(event, context):\n    return 'x' * event['n']")
        )
    )

    most = await invoke(world, "app:live", payload={"n": 6_291_554})
    more = await invoke(world, "app:live", payload={"n": 6_291_555})

    assert len(await most.read()) == 6_291_556
    assert more.headers["X-Amz-Function-Error"] == "Unhandled"
    assert (await more.json())["errorType"] == "Function.ResponseSizeTooLarge"


async def test_an_environment_that_is_killed_is_replaced(world: RegionProcess) -> None:
    await world.deploy(RegionDeployment(code=world.zip(PID)))
    before = int((await world.get())[1])

    os.kill(before, signal.SIGKILL)
    eventually(lambda: not Path(f"/proc/{before}").exists())  # the Region has taken note
    status, after = await world.get()

    assert status == 200
    assert int(after) != before


async def test_a_request_that_was_on_its_way_starts_no_function_that_is_gone(
    world: RegionProcess,
) -> None:
    await world.deploy(RegionDeployment(code=world.zip(PID)))
    pid = int((await world.get())[1])
    reader, writer = await asyncio.open_connection(world.address, PORT)
    writer.write(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n12")

    async def underway() -> bool:
        return (await world.status()).load_balancers[0].requests == 2

    await async_eventually(underway)
    region = RegionDeployment(code="").region(world.address)

    await world.publish(replace(region, functions=()))
    eventually(lambda: not alive(pid))
    writer.write(b"34")
    status_line = await reader.readline()
    writer.close()

    assert status_line == b"HTTP/1.1 502 Bad Gateway\r\n"
    assert "START" not in world.log().partition("REPORT")[2]


async def test_a_function_may_have_as_many_files_open_as_on_lambda(world: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    limits = (
        "import resource\n"
        "def handler(event, context):\n"
        "    return {'statusCode': 200, 'headers': {}, 'isBase64Encoded': False,"
        " 'body': str(resource.getrlimit(resource.RLIMIT_NOFILE))}"
    )
    await world.deploy(RegionDeployment(code=world.zip(limits)))

    assert (await world.get())[1] == "(1024, 1024)"
