"""IAM enforced in a Region: DynamoDB's calls and invocations, over HTTP with real tables.

https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/using-identity-based-policies.html
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import botocore.auth
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from common.clock import SystemClock
from tests.unit.twin.iam.identities import (
    ACCOUNT,
    USER_KEY,
    USER_SECRET,
    make_directory,
    make_policy,
    make_session,
)
from tests.unit.twin.region.tables.simulated_regions import HOME, SimulatedRegion
from twin.iam.directory import IdentityDirectory, write_directory
from twin.iam.session_token import TokenIssuer
from twin.moto.calls.aws_call import AwsCall
from twin.region.access import RegionAccess, RegionFacts
from twin.runtime.daemon import DaemonContext
from twin.runtime.instance import Instance
from twin.settings import TwinSettings

ALICE = Credentials(USER_KEY, USER_SECRET)
TABLE = f"arn:aws:dynamodb:{HOME}:{ACCOUNT}:table/items"
FUNCTION = f"arn:aws:lambda:{HOME}:{ACCOUNT}:function:app"
ISSUER = TokenIssuer(b"k" * 32)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[SimulatedRegion]:
    region = SimulatedRegion(tmp_path / HOME)
    region.create(name="items")
    yield region
    region.wal.close()


class EnforcingRegion:
    """The middleware in front of stand-ins for the handlers, and a client that signs."""

    def __init__(self, instance: Instance, server: TestServer, http: aiohttp.ClientSession) -> None:
        self.instance = instance
        self.root = Credentials(instance.access_key, ISSUER.root_secret)
        self._server = server
        self._http = http

    def publish(self, directory: IdentityDirectory) -> None:
        write_directory(self.instance, directory)

    async def ask(self, path: str) -> int:
        """The status of an unsigned GET."""
        async with self._http.get(self._server.make_url(path)) as response:
            return response.status

    async def call(
        self,
        operation: str = "GetItem",
        credentials: Credentials = ALICE,
        path: str = "/",
        service: str = "dynamodb",
        region: str = HOME,
        **parameters: object,
    ) -> tuple[int, str]:
        url = str(self._server.make_url(path))
        request = AWSRequest(
            method="POST",
            url=url,
            data=json.dumps(parameters or {"TableName": "items"}).encode(),
            headers={"X-Amz-Target": f"DynamoDB_20120810.{operation}"},
        )
        botocore.auth.SigV4Auth(credentials, service, region).add_auth(request)
        async with self._http.post(
            url, data=request.data, headers=dict(request.headers)
        ) as response:
            return response.status, await response.text()


@asynccontextmanager
async def enforcing_region(home: SimulatedRegion, folder: Path) -> AsyncIterator[EnforcingRegion]:
    instance = Instance(folder, 0)
    context = DaemonContext(
        instance=instance, settings=TwinSettings(), clock=SystemClock(), stop=asyncio.Event()
    )

    async def answer(request: web.Request) -> web.Response:
        operation = request.headers.get("X-Amz-Target", "").rpartition(".")[2]
        if operation in ("PutResourcePolicy", "DeleteResourcePolicy"):
            home.engine.execute(operation, json.loads(await request.read()))
        return web.Response(text="answered")

    app = web.Application(middlewares=[RegionAccess(context, home.store, ISSUER).middleware()])
    app.router.add_post("/", answer)
    app.router.add_post("/2015-03-31/functions/{name}/invocations", answer)
    app.router.add_get("/_twin/status", answer)
    server = TestServer(app)
    async with server, aiohttp.ClientSession() as http:
        yield EnforcingRegion(instance, server, http)


async def test_a_call_is_answered_once_a_policy_allows_it(
    home: SimulatedRegion, tmp_path: Path
) -> None:
    async with enforcing_region(home, tmp_path) as region:
        region.publish(make_directory())
        status, body = await region.call()
        region.publish(make_directory(make_policy("dynamodb:GetItem", resource=TABLE)))
        allowed = await region.call()
        other = await region.call("PutItem")

    assert (status, json.loads(body)["__type"]) == (400, "AccessDeniedException")
    assert allowed == (200, "answered")
    assert other[0] == 400


async def test_the_other_processes_need_no_signature(home: SimulatedRegion, tmp_path: Path) -> None:
    async with enforcing_region(home, tmp_path) as region:
        status = await region.ask("/_twin/status")

    assert status == 200


async def test_a_functions_credentials_are_its_roles(home: SimulatedRegion, tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html"""
    issued = ISSUER.issue(make_session(expires_at=None))
    credentials = Credentials(issued.key_id, issued.secret, issued.token)
    allowing = make_directory(role_policies=(make_policy("dynamodb:GetItem"),))
    async with enforcing_region(home, tmp_path) as region:
        region.publish(allowing)
        read = await region.call(credentials=credentials)
        written = await region.call("PutItem", credentials)

    assert read[0] == 200
    assert "assumed-role/reader/s is not authorized to perform: dynamodb:PutItem" in written[1]


@pytest.mark.parametrize(
    ("path", "resource"),
    [
        ("/2015-03-31/functions/app/invocations?Qualifier=live", f"{FUNCTION}:live"),
        ("/2015-03-31/functions/app:live/invocations", f"{FUNCTION}:live"),
        ("/2015-03-31/functions/app/%69nvocations", FUNCTION),
    ],
)
async def test_an_invocation_needs_its_permission(
    home: SimulatedRegion, tmp_path: Path, path: str, resource: str
) -> None:
    async with enforcing_region(home, tmp_path) as region:
        region.publish(make_directory(make_policy("dynamodb:*")))
        status, body = await region.call(path=path, service="lambda")
        region.publish(make_directory(make_policy("lambda:InvokeFunction", resource=resource)))
        allowed, _ = await region.call(path=path, service="lambda")

    assert status == 403
    assert f"lambda:InvokeFunction on resource: {resource} because" in body
    assert allowed == 200


async def test_a_functions_policy_lets_its_principals_invoke_it(
    home: SimulatedRegion, tmp_path: Path
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html"""
    principal = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}
    policy = make_policy("lambda:InvokeFunction", resource=FUNCTION, Principal=principal)
    directory = make_directory()
    async with enforcing_region(home, tmp_path) as region:
        region.publish(
            IdentityDirectory(users=directory.users, function_policies={FUNCTION: policy})
        )
        own, _ = await region.call(path="/2015-03-31/functions/app/invocations", service="lambda")
        alias, _ = await region.call(
            path="/2015-03-31/functions/app:live/invocations", service="lambda"
        )

    assert (own, alias) == (200, 403)


async def test_a_tables_policy_works_at_once_and_so_does_its_end(
    home: SimulatedRegion, tmp_path: Path
) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/access-control-resource-based.html"""
    principal = {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}
    policy = make_policy("dynamodb:*", Principal=principal)
    async with enforcing_region(home, tmp_path) as region:
        region.publish(make_directory())
        before, _ = await region.call()
        await region.call("PutResourcePolicy", region.root, ResourceArn=TABLE, Policy=policy)
        during, _ = await region.call("Query", TableName="items", IndexName="i")
        await region.call("DeleteResourcePolicy", region.root, ResourceArn=TABLE)
        after, _ = await region.call()

    assert (before, during, after) == (400, 200, 400)


@pytest.mark.parametrize("service", ["dynamodb", "lambda"])
async def test_a_call_that_is_signed_for_another_region_is_refused(
    home: SimulatedRegion, tmp_path: Path, service: str
) -> None:
    """A function calls its Region directly: what it may do in another one must not count here.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
    """
    path = "/" if service == "dynamodb" else "/2015-03-31/functions/app/invocations"
    elsewhere = make_policy("*", Condition={"StringEquals": {"aws:RequestedRegion": "us-west-2"}})
    async with enforcing_region(home, tmp_path) as region:
        region.publish(make_directory(elsewhere))
        status, body = await region.call(path=path, service=service, region="us-west-2")

    assert (status, json.loads(body)["__type"]) == (
        400 if service == "dynamodb" else 403,
        "InvalidSignatureException",
    )
    assert "scoped to a valid region, not 'us-west-2'" in body


async def test_an_operation_that_is_not_known_is_refused_to_everybody(
    home: SimulatedRegion, tmp_path: Path
) -> None:
    async with enforcing_region(home, tmp_path) as region:
        status, body = await region.call("CreateBackup", region.root)

    assert (status, json.loads(body)["__type"]) == (501, "NotImplemented")


def test_keys_and_tags_are_read_from_the_tables(home: SimulatedRegion) -> None:
    facts = RegionFacts(home.store)
    tags = [{"Key": "team", "Value": "core"}]
    home.engine.execute("TagResource", {"ResourceArn": TABLE, "Tags": tags})

    assert facts.partition_key("items", "") == "id"
    assert facts.partition_key("items", "no-index") is None
    assert facts.partition_key("none", "") is None
    assert facts.resource_tags(TABLE) == facts.resource_tags(f"{TABLE}/index/i") == {"team": "core"}
    assert facts.resource_tags(f"{TABLE}none") == {}
    assert facts.resource_policy("arn:aws:iam::1:role/r") is None


def test_a_body_that_is_too_large_for_dynamodb_is_not_read(home: SimulatedRegion) -> None:
    """https://github.com/architect/dynalite (test/connection.js)"""
    facts = RegionFacts(home.store)
    headers = {"x-amz-target": "DynamoDB_20120810.GetItem"}
    body = b'{"TableName":"items"}'.ljust(16 * 1024 * 1024)

    read, unread = (
        facts.read_operation(AwsCall(method="POST", url="/", headers=headers, body=sent))
        for sent in (body, body + b" ")
    )

    assert read is not None
    assert read.operation == "GetItem"
    assert unread is None
