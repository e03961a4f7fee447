"""Real execution environments: failures, time-outs, crashes."""

import asyncio
from pathlib import Path

import pytest

from tests.functional.twin.region.lambdas.invocations import (
    RESPONSE,
    RETURN_PID,
    SLOW,
    children,
    function_status,
    invoke,
    is_alive,
)
from tests.functional.twin.region.region_process import CONSTANT, RegionDeployment, RegionProcess
from tests.waiting import eventually


def oom_score_adj(pid: str) -> int:
    return int(Path(f"/proc/{pid}/oom_score_adj").read_text())


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


async def test_a_time_out_ends_a_function_that_has_left_its_process_group(
    region: RegionProcess,
) -> None:
    leave = "os.setpgid(0, os.getpgid(os.getppid()))"
    source = "import os\n" + SLOW.replace("    time", f"    {leave}\n    time")
    await region.deploy(RegionDeployment(code=region.zip(source), timeout_s=1.0))
    assert region.process is not None
    await region.get()
    (before,) = children(region.process.pid)

    late = await region.get("/?s=30")

    assert late[0] == 502
    eventually(lambda: not is_alive(before))


HANGS_AFTER_ITS_ANSWER = """
import os, time
from awslambdaric.lambda_runtime_client import LambdaRuntimeClient

def handler(event, context):
    LambdaRuntimeClient.wait_next_invocation = lambda self: time.sleep(600)
    return {'statusCode': 200, 'headers': {}, 'body': str(os.getpid()), 'isBase64Encoded': False}
"""


async def test_a_runtime_that_hangs_after_its_answer_is_ended(region: RegionProcess) -> None:
    """Otherwise it would take the place of another environment for ever.

    https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-invoke
    """
    await region.deploy(RegionDeployment(code=region.zip(HANGS_AFTER_ITS_ANSWER), timeout_s=1.0))

    status, pid = await region.get()

    assert status == 200
    eventually(lambda: not is_alive(int(pid)), within_s=20)
    eventually(lambda: "Task timed out after 1.00 seconds" in region.log())


async def test_a_function_that_needs_more_than_its_memory_is_killed(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html"""
    hold = "held = b'x' * (300 << 20) if 'more' in event['path'] else b''"
    source = SLOW.replace("    time", f"    {hold}\n    time")
    await region.deploy(RegionDeployment(code=region.zip(source), timeout_s=20.0))

    answers = [await region.get(path) for path in ("/", "/more?s=15", "/")]

    assert [status for status, _ in answers] == [200, 502, 200]
    eventually(lambda: "Runtime exited with error: signal: killed" in region.log())


async def test_a_function_that_leaves_too_many_child_processes_is_killed(
    region: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    leave = "[os.fork() or os._exit(0) for _ in range(1100 if 'many' in event['path'] else 0)]"
    source = "import os\n" + SLOW.replace("    time", f"    {leave}\n    time")
    await region.deploy(RegionDeployment(code=region.zip(source), timeout_s=20.0))

    answers = [await region.get(path) for path in ("/", "/many?s=15", "/")]

    assert [status for status, _ in answers] == [200, 502, 200]
    eventually(lambda: "Runtime exited with error: signal: killed" in region.log())


async def test_a_function_that_starts_too_many_threads_is_killed(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""
    start = (
        "[threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
        " for _ in range(1100 if 'many' in event['path'] else 0)]"
    )
    source = "import threading\n" + SLOW.replace("    time", f"    {start}\n    time")
    await region.deploy(RegionDeployment(code=region.zip(source), timeout_s=20.0))

    answers = [await region.get(path) for path in ("/", "/many?s=15", "/")]

    assert [status for status, _ in answers] == [200, 502, 200]
    eventually(lambda: "Runtime exited with error: signal: killed" in region.log())


async def test_the_kernel_ends_functions_before_the_twin(region: RegionProcess) -> None:
    await region.deploy(RegionDeployment(code=region.zip(RETURN_PID)))

    _, pid = await region.get()

    assert oom_score_adj(pid) == 1000


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
@pytest.mark.parametrize("own", ["", "start_new_session=True", "process_group=0"])
@pytest.mark.parametrize("variables", ["None", "{}"])
async def test_child_processes_of_a_function_end_with_it(
    region: RegionProcess, end: str, own: str, variables: str
) -> None:
    source = f"""
import os, subprocess, time
def handler(event, context):
    if event["path"] == "/start":
        child = subprocess.Popen(
            ["/bin/sleep", "60"], env={variables}, {own}
        )
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


async def test_ended_orphans_of_a_living_function_keep_no_process_id(
    region: RegionProcess,
) -> None:
    source = f"""
import os, subprocess
def handler(event, context):
    subprocess.run("true &", shell=True)
    return {RESPONSE % "str(os.getpid())"}
"""
    await region.deploy(RegionDeployment(code=region.zip(source)))
    assert region.process is not None
    pid = region.process.pid

    answers = [await region.get() for _ in range(20)]

    ((status, environment),) = set(answers)
    assert status == 200
    eventually(lambda: children(pid) == [int(environment)])


async def test_all_concurrent_callers_of_a_function_without_init_get_an_answer(
    region: RegionProcess,
) -> None:
    await region.deploy(RegionDeployment(code=region.zip("raise RuntimeError('no')")))

    async def call_often() -> list[int]:
        return [(await region.get())[0] for _ in range(3)]

    async with asyncio.timeout(20.0):
        answers = await asyncio.gather(*(call_often() for _ in range(4)))

    assert answers == [[502] * 3] * 4


async def test_settings_that_no_process_can_have_are_an_error_of_the_call(
    region: RegionProcess,
) -> None:
    await region.deploy(
        RegionDeployment(code=region.zip(CONSTANT), environment=(("NAME", "a\0b"),))
    )

    refused = await invoke(region, "app:live")
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT), version="2"))
    served = await region.get()

    assert (refused.status, refused.headers["X-Amzn-ErrorType"]) == (502, "InvalidZipFileException")
    assert "embedded null byte" in (await refused.json())["message"]
    assert served[0] == 200


async def test_a_function_may_cut_its_output_off(region: RegionProcess) -> None:
    source = """
import os
def handler(event, context):
    print("x" * event["n"], flush=True)
    os.ftruncate(1, event["size"])
    return event["n"]
"""
    await region.deploy(RegionDeployment(code=region.zip(source)))

    answers = [
        await invoke(region, payload={"n": n, "size": size}, query="?Qualifier=live")
        for n, size in ((1000, 1000), (10, 0), (10, 1 << 42), (10, 0))
    ]

    assert [await answer.json() for answer in answers] == [1000, 10, 10, 10]


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
