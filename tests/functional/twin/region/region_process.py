"""One Region's process under test: its deployments, and a client for its load balancer."""

import asyncio
import contextlib
import hashlib
import os
import subprocess
import sys
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp

from tests.functional.twin.fake_control import FakeControl
from tests.instances import claim_instance
from tests.waiting import async_eventually
from twin import codec
from twin.internal_api.schemas import RegionStatus, TargetHealth, TargetState
from twin.runtime.instance import Instance, internal_url
from twin.settings import TwinSettings
from twin.topology.model import (
    FunctionAlias,
    FunctionPermission,
    FunctionVersion,
    LambdaFunction,
    ListenerAction,
    LoadBalancer,
    LoadBalancerListener,
    RegionTopology,
    TargetGroup,
    TargetHealthCheck,
    Topology,
    WeightedTargetGroup,
)

ROOT = Path(__file__).resolve().parents[4]
INSTANCE = claim_instance()
REGION = "eu-central-1"
PORT = 8080
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:123456789012:function:app"
GROUP_ARN = f"arn:aws:elasticloadbalancing:{REGION}:123456789012:targetgroup/app/0123456789abcdef"
BALANCER_ARN = f"arn:aws:elasticloadbalancing:{REGION}:123456789012:loadbalancer/app/lb/1"
LIVE = f"{FUNCTION_ARN}:live"

CONSTANT = """
def handler(event, context):
    return {"statusCode": 200, "statusDescription": "200 OK", "isBase64Encoded": False,
            "headers": {"Content-Type": "text/html; charset=utf-8"}, "body": "<p>hello</p>"}
"""


@dataclass(frozen=True, kw_only=True)
class RegionDeployment:
    """A function behind a load balancer; tests override its fields."""

    code: str
    """SHA-256 of the zip."""
    version: str = "1"
    older: tuple[FunctionVersion, ...] = ()
    additional_weights: tuple[tuple[str, float], ...] = ()
    timeout_s: float = 3.0
    reserved: int | None = None
    permitted: bool = True
    multi_value: bool = False
    targets: tuple[str, ...] = (LIVE,)
    check: TargetHealthCheck | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    listeners: tuple[LoadBalancerListener, ...] | None = None
    environment: tuple[tuple[str, str], ...] = ()

    def function_version(self) -> FunctionVersion:
        return FunctionVersion(
            version=self.version,
            handler="app.handler",
            runtime="python3.13",
            timeout_s=self.timeout_s,
            memory_mb=128,
            code_sha256=self.code,
            environment=dict(self.environment),
        )

    def topology(self, address: str) -> RegionTopology:
        permission = FunctionPermission(
            statement_id="alb",
            action="lambda:InvokeFunction",
            principal="elasticloadbalancing.amazonaws.com",
            source_arn=GROUP_ARN,
            qualifier="live",
        )
        function = LambdaFunction(
            arn=FUNCTION_ARN,
            name="app",
            versions=(*self.older, self.function_version()),
            aliases=(
                FunctionAlias(
                    name="live",
                    version=self.version,
                    additional_weights=dict(self.additional_weights),
                ),
            ),
            permissions=(permission,) if self.permitted else (),
            reserved_concurrency=self.reserved,
        )
        group = TargetGroup(
            arn=GROUP_ARN,
            name="app",
            target_type="lambda",
            health_check=self.check or NO_CHECK,
            multi_value_headers=self.multi_value,
            targets=self.targets,
        )
        forward = ListenerAction(
            type="forward", target_groups=(WeightedTargetGroup(arn=GROUP_ARN),)
        )
        listener = LoadBalancerListener(
            arn="li", port=PORT, protocol="HTTP", default_action=forward
        )
        balancer = LoadBalancer(
            arn=BALANCER_ARN,
            name="app",
            address=address,
            scheme="internal",
            attributes=dict(self.attributes),
            listeners=(listener,) if self.listeners is None else self.listeners,
        )
        return RegionTopology(
            load_balancers=(balancer,), target_groups=(group,), functions=(function,)
        )


NO_CHECK = TargetHealthCheck(
    enabled=False,
    path="/",
    interval_s=35,
    timeout_s=30,
    healthy_threshold=5,
    unhealthy_threshold=2,
    matcher="200",
)
CHECK = TargetHealthCheck(
    enabled=True,
    path="/health",
    interval_s=5,
    timeout_s=2,
    healthy_threshold=2,
    unhealthy_threshold=2,
    matcher="200",
)


class RegionProcess:
    """One Region's process, the control that publishes its Topology, and a client."""

    def __init__(self, home: Path, control: FakeControl, http: aiohttp.ClientSession) -> None:
        self.instance = Instance(home, INSTANCE)
        self.address = self.instance.load_balancer_address(REGION, 1)
        self.control = control
        self.http = http
        self.process: subprocess.Popen[bytes] | None = None
        self.log_path: Path | None = None
        """Where the process's own log goes; else to the test's."""
        self._version = 0

    def configure(self, settings: TwinSettings) -> None:
        self.instance.settings_path.parent.mkdir(parents=True, exist_ok=True)
        self.instance.settings_path.write_text(codec.dumps(settings))

    def zip(self, source: str) -> str:
        """Store a zip with this `app.py`; its SHA-256."""
        archive_path = self.instance.home / "draft.zip"
        archive_path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(archive_path, "w") as archive:
            archive.writestr(zipfile.ZipInfo("app.py"), source)
        digest = hashlib.sha256(archive_path.read_bytes()).hexdigest()
        path = self.instance.code_path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        archive_path.replace(path)
        return digest

    async def start(self) -> None:
        self.process = self._launch()
        await async_eventually(self.status, within_s=20.0)

    def _launch(self) -> subprocess.Popen[bytes]:
        environ = os.environ | {
            "TWIN_HOME": str(self.instance.home),
            "TWIN_INSTANCE": str(INSTANCE),
            "TWIN_LEASH": str(os.getpid()),
            "SECRET_OF_THE_PARENT": "yes",
        }
        command = [sys.executable, "-W", "error", "-m", "twin.region", REGION]
        with contextlib.ExitStack() as stack:
            path = self.log_path
            log = None if path is None else stack.enter_context(path.open("ab"))
            return subprocess.Popen(command, cwd=ROOT, env=environ, stderr=log)

    async def deploy(self, deployment: RegionDeployment) -> None:
        """Publish the deployment, and wait until the Region has applied it."""
        await self.publish(deployment.topology(self.address))

    async def publish(self, topology: RegionTopology) -> None:
        self._version += 1
        version = self._version
        self.control.publish(Topology(version=version, regions={REGION: topology}))

        async def in_force() -> bool:
            return (await self.status()).topology_version == version

        await async_eventually(in_force, within_s=10.0)

    async def status(self) -> RegionStatus:
        address = internal_url(self.instance.region_address(REGION), "/_twin/status")
        async with self.http.get(address) as response:
            return codec.loads(RegionStatus, await response.read())

    async def target(self) -> TargetHealth:
        (target,) = (await self.status()).targets
        return target

    async def await_target_state(self, state: TargetState, within_s: float = 10.0) -> TargetHealth:
        async def reached() -> TargetHealth | None:
            target = await self.target()
            assert target.state is state, target
            return target

        found = await async_eventually(reached, within_s=within_s)
        assert found is not None
        return found

    def url(self, path: str) -> str:
        return f"http://{self.address}:{PORT}{path}"

    async def get(self, path: str = "/") -> tuple[int, str]:
        async with self.http.get(self.url(path)) as response:
            return response.status, await response.text()

    async def send_raw(self, sent: bytes, *, until_close: bool = False) -> bytes:
        """Send bytes on a new connection; the bytes of one response, or all until the close."""
        reader, writer = await asyncio.open_connection(self.address, PORT)
        try:
            writer.write(sent)
            if until_close:
                return await asyncio.wait_for(reader.read(), 10)
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            length = next(
                (
                    int(line.split(b":")[1])
                    for line in head.split(b"\r\n")
                    if line.lower().startswith(b"content-length:")
                ),
                0,
            )
            if sent.startswith(b"HEAD"):
                length = 0
            return head + await asyncio.wait_for(reader.readexactly(length), 10)
        finally:
            writer.close()

    def log(self) -> str:
        path = self.instance.logs_dir / f"lambda-{REGION}-app.log"
        return path.read_text() if path.exists() else ""

    async def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            try:
                await asyncio.to_thread(self.process.wait, 10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
            self.process = None


def older_versions(previous: RegionDeployment) -> tuple[FunctionVersion, ...]:
    """The versions of the previous deployment, as `older` of the next one."""
    return (*previous.older, previous.function_version())


def with_listeners(
    deployed: RegionDeployment, *listeners: LoadBalancerListener
) -> RegionDeployment:
    """With other listeners."""
    return replace(deployed, listeners=listeners)
