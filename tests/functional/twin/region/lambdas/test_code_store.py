"""Code that is missing, and code that is no longer deployed."""

from tests.functional.twin.region.lambdas.invocations import function_returning, invoke
from tests.functional.twin.region.region_process import REGION, RegionDeployment, RegionProcess
from tests.waiting import eventually


async def test_missing_code_is_a_502(region: RegionProcess) -> None:
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors"""
    await region.deploy(RegionDeployment(code="0" * 64))

    through_alb = await region.get()
    response = await invoke(region, "app:live")

    assert through_alb[0] == 502
    assert response.status == 502
    assert response.headers["X-Amzn-ErrorType"] == "InvalidZipFileException"


async def test_code_that_is_no_longer_deployed_is_removed(region: RegionProcess) -> None:
    first, second = (
        RegionDeployment(code=region.zip(function_returning("a"))),
        RegionDeployment(code=region.zip(function_returning("b"))),
    )
    folder = region.instance.region_state(REGION) / "code"
    await region.deploy(first)
    await region.get()

    await region.deploy(second)
    await region.get()

    eventually(lambda: [path.name for path in folder.iterdir()] == [second.code])
