"""What a Region's process serves and keeps besides its data planes."""

import asyncio
import signal

from tests.functional.twin.region.lambdas.invocations import RETURN_PID, is_alive
from tests.functional.twin.region.region_process import (
    CONSTANT,
    REGION,
    RegionDeployment,
    RegionProcess,
)
from tests.waiting import eventually
from twin import codec
from twin.internal_api.schemas import TargetHealthReport
from twin.runtime.instance import internal_url


async def test_targets_are_served_over_http(region: RegionProcess) -> None:
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT)))

    async with region.http.get(
        internal_url(region.instance.region_address(REGION), "/_twin/targets")
    ) as response:
        report = codec.loads(TargetHealthReport, await response.read())

    assert report == TargetHealthReport(region=REGION, targets=(await region.target(),))


async def test_environments_end_with_a_stopped_region(region: RegionProcess) -> None:
    await region.deploy(RegionDeployment(code=region.zip(RETURN_PID)))
    pid = int((await region.get())[1])
    assert region.process is not None

    region.process.send_signal(signal.SIGTERM)
    code = await asyncio.to_thread(region.process.wait, 10)

    assert code == 0
    eventually(lambda: not is_alive(pid))
