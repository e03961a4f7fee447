"""What binds an execution environment to its Region, and what limits it."""

import asyncio
from pathlib import Path

import aiohttp
import pytest

from tests.functional.twin.region.lambdas.invocations import is_alive
from tests.functional.twin.region.region_process import RegionDeployment, RegionProcess
from tests.waiting import async_eventually, eventually


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
