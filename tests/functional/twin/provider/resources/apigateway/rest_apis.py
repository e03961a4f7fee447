"""What the tests of REST APIs have in common."""

from tests.functional.twin.control.control_process import FRANKFURT
from tests.functional.twin.provider.driver import Driver, Resource
from twin.provider.values import Properties

PREFIX = "aws:apigateway/"
ACCOUNT = "123456789012"
FUNCTION = f"arn:aws:lambda:{FRANKFURT}:{ACCOUNT}:function:kv:live"
INVOCATIONS = (
    f"arn:aws:apigateway:{FRANKFURT}:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
)


def make_api(driver: Driver) -> Resource:
    return driver.create(
        f"{PREFIX}restApi:RestApi",
        "kv",
        {"name": "kv", "endpointConfiguration": {"types": "REGIONAL"}},
    )


def root_method(api: Resource, name: str = "GET") -> Properties:
    """The arguments that name a method of the root."""
    return {
        "restApi": api.id,
        "resourceId": api.outputs["rootResourceId"],
        "httpMethod": name,
    }


def make_method(driver: Driver, api: Resource) -> list[Resource]:
    """`GET /`, with the function."""
    names = root_method(api)
    method = driver.create(f"{PREFIX}method:Method", "get", {**names, "authorization": "NONE"})
    integration = driver.create(
        f"{PREFIX}integration:Integration",
        "get",
        {**names, "type": "AWS_PROXY", "integrationHttpMethod": "POST", "uri": INVOCATIONS},
    )
    return [method, integration]


def make_stage(driver: Driver, api: Resource) -> list[Resource]:
    """A deployment and the stage `live`."""
    deployment = driver.create(
        f"{PREFIX}deployment:Deployment", "first", {"restApi": api.id, "description": "first"}
    )
    stage = driver.create(
        f"{PREFIX}stage:Stage",
        "live",
        {"restApi": api.id, "stageName": "live", "deployment": deployment.id},
    )
    return [deployment, stage]


def import_again(driver: Driver, made: Resource, identity: str) -> Resource:
    """Read a resource by the id with which Terraform's provider imports it."""
    found = driver.refresh(Resource(made.token, made.name, identity, {}, {}))
    assert found is not None
    assert found.id == made.id
    return found
