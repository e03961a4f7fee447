"""The environment variables that a function sees."""

import json
import sys

from tests.functional.twin.region.lambdas.invocations import RESPONSE
from tests.functional.twin.region.region_process import (
    REGION,
    ROOT,
    RegionDeployment,
    RegionProcess,
)
from twin.runtime.instance import internal_url

DUMP_ENVIRONMENT = f"""
import json, os, sys
def handler(event, context):
    found = dict(environ=dict(os.environ), cwd=os.getcwd(), path=sys.path, pid=os.getpid())
    return {RESPONSE % "json.dumps(found)"}
"""


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
    assert str(ROOT) not in found["path"]
