"""Deploys a change to one Region after the other, and stops at the first that does not serve.

    python -m tools.rollout --stack prod

Each Region's own resources are updated (`pulumi up --target`), then its function is invoked for a
while: /health, a page, and an item that is written and read. The home Region is the last. Whatever
spans all Regions, front doors and outputs, is updated in the end, by an update of the whole stack.

Exit codes: 0 all Regions are updated; 1 it stopped and says where; 2 wrong arguments.
"""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import boto3
import click
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from common.clock import SystemClock
from muster.config import read_settings
from muster.errors import MusterError
from muster.model import Stack
from muster.stack_outputs import load_stack

ALIAS = "live"
"""What load balancers and APIs invoke."""
PAUSE_S = 1.0
"""Between the writing and the reading of a round."""
ITEM_LIFE_S = 3600


class RolloutStopped(Exception):
    """A Region could not be updated, or does not serve afterwards; the next ones are as before."""


class WaitingClock(Protocol):
    """A clock of a command line."""

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...

    def wait(self, seconds: float) -> None:
        """Block this many seconds."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeRequest:
    """A request, and the status of its answer."""

    method: str
    path: str
    wanted: int
    body: str = ""


Invoke = Callable[[str, ProbeRequest], int]
"""(Region, request) -> the status of the function's answer. Raises RolloutStopped."""
Deploy = Callable[[str | None], None]
"""Update a Region, or (None) the whole stack. Raises RolloutStopped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollout:
    """One change, on its way through the Regions."""

    deploy: Deploy
    invoke: Invoke
    clock: WaitingClock
    say: Callable[[str], object]
    watch_s: float
    """For how long an updated Region must answer every request."""

    def run(self, regions: Sequence[str]) -> None:
        """Update and try one Region after the other, then the rest. Raises RolloutStopped."""
        for number, region in enumerate(regions, start=1):
            self.say(f"{region} ({number} of {len(regions)}): update")
            try:
                self.deploy(region)
                self._watch(region)
            except RolloutStopped as exc:
                raise RolloutStopped(_stopped_at(regions, number - 1, str(exc))) from exc
            self.say(f"{region}: serves")
        self.say("front doors and outputs: update")
        self.deploy(None)

    def _watch(self, region: str) -> None:
        """Send rounds of requests until the time is over; each answer must be the wanted one."""
        ends_s = self.clock.monotonic() + self.watch_s
        while True:
            item = f"rollout-{uuid.uuid4()}"
            self._ask(region, write_requests(item))
            # Reads are eventually consistent, so the item is read after the pause.
            self.clock.wait(PAUSE_S)
            self._ask(region, [ProbeRequest(method="GET", path=f"/get/{item}", wanted=200)])
            if self.clock.monotonic() >= ends_s:
                return

    def _ask(self, region: str, requests: Sequence[ProbeRequest]) -> None:
        for request in requests:
            status = self.invoke(region, request)
            if status != request.wanted:
                raise RolloutStopped(
                    f"{request.method} {request.path} is answered with {status}, not"
                    f" {request.wanted}"
                )


def write_requests(item: str) -> tuple[ProbeRequest, ...]:
    """The first part of a round; the item expires."""
    body = json.dumps({"item_id": item, "expires_in_s": ITEM_LIFE_S})
    return (
        ProbeRequest(method="GET", path="/health", wanted=200),
        ProbeRequest(method="GET", path="/", wanted=200),
        ProbeRequest(method="POST", path="/create", wanted=201, body=body),
    )


def order_regions(stack: Stack, first: Sequence[str]) -> tuple[str, ...]:
    """The given ones, then the others, the home Region last. Raises RolloutStopped."""
    if unknown := [name for name in first if name not in stack.regions]:
        names = ", ".join(stack.regions)
        raise RolloutStopped(f"no Region of the stack: {', '.join(unknown)}; it has {names}")
    rest = sorted(
        set(stack.regions) - set(first), key=lambda name: (name == stack.home_region, name)
    )
    return (*dict.fromkeys(first), *rest)


def target_pattern(region: str) -> str:
    """The Region's own resources, whose names all begin with it; `**` is any part of a URN.

    https://www.pulumi.com/docs/iac/operations/stack-management/targeted-updates/
    """
    return f"**::{region}-*"


def pulumi_command(stack: str, region: str | None) -> list[str]:
    """The update of one Region, or of everything.

    With its preview, in which Pulumi refuses to delete what is protected before anything is done.
    """
    command = ["pulumi", "up", "--stack", stack, "--yes", "--non-interactive"]
    return command if region is None else [*command, "--target", target_pattern(region)]


def make_event(request: ProbeRequest) -> dict[str, object]:
    """The request as a load balancer's event.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """
    return {
        "requestContext": {"elb": {"targetGroupArn": "rollout"}},
        "httpMethod": request.method,
        "path": request.path,
        "queryStringParameters": {},
        "headers": {"accept": "application/json", "user-agent": "muster-rollout"},
        "body": request.body,
        "isBase64Encoded": False,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaInvoker:
    """Invokes what a Region's load balancer invokes."""

    functions: Mapping[str, str]
    """Region -> name of its function."""
    make_client: Callable[[str], Any]
    """Region -> boto3's client of Lambda."""

    def __call__(self, region: str, request: ProbeRequest) -> int:
        try:
            answer = self.make_client(region).invoke(
                FunctionName=self.functions[region],
                Qualifier=ALIAS,
                Payload=json.dumps(make_event(request)).encode(),
            )
            content = answer["Payload"].read()
        except (BotoCoreError, ClientError) as exc:
            raise RolloutStopped(f"can't invoke the function: {exc}") from exc
        if "FunctionError" in answer:
            text = content[:300].decode(errors="replace")
            raise RolloutStopped(f"{request.method} {request.path}: the function fails: {text}")
        try:
            return int(json.loads(content)["statusCode"])
        except (ValueError, TypeError, KeyError):
            raise RolloutStopped(
                f"{request.method} {request.path}: the function's answer is no HTTP response"
            ) from None


def _stopped_at(regions: Sequence[str], at: int, reason: str) -> str:
    region, done, rest = regions[at], regions[:at], regions[at + 1 :]
    lines = [
        f"stopped at {region}: {reason}",
        f"  updated before: {', '.join(done) or 'none'}; not touched: {', '.join(rest) or 'none'}",
        f"  To take {region} back at once, point its alias to the version before:",
        f"    aws lambda update-alias --region {region} --function-name NAME --name {ALIAS}"
        " --function-version NUMBER",
        "  Then correct the program, or check out the version before, and run this again.",
    ]
    return "\n".join(lines)


def _deploy_with_pulumi(stack: str) -> Deploy:
    def deploy(region: str | None) -> None:
        command = pulumi_command(stack, region)
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
        except FileNotFoundError:
            raise RolloutStopped("there is no pulumi on PATH; `make up` makes one") from None
        if done.returncode:
            raise RolloutStopped(f"`{' '.join(command)}` ends with {done.returncode}")

    return deploy


def _make_client(region: str) -> Any:  # noqa: ANN401 - boto3's own
    # A retry would hide what the probe is for.
    config = Config(retries={"total_max_attempts": 1}, connect_timeout=5, read_timeout=30)
    return boto3.client("lambda", region_name=region, config=config)


@click.command()
@click.option("--stack", "name", required=True, help="Name of the Pulumi stack.")
@click.option("--first", multiple=True, metavar="REGION", help="Begin with it; may be repeated.")
@click.option(
    "--watch",
    "watch_s",
    type=click.FloatRange(0, 3600),
    default=60.0,
    show_default=True,
    help="Seconds for which an updated Region must answer every request.",
)
def main(name: str, first: tuple[str, ...], watch_s: float) -> None:
    """Deploy a change to one Region after the other; stop at the first that does not serve."""
    try:
        stack = load_stack(read_settings({"stack": name}, environ=os.environ, folder=Path.cwd()))
        rollout = Rollout(
            deploy=_deploy_with_pulumi(name),
            invoke=LambdaInvoker(
                functions={region: own.function_name for region, own in stack.regions.items()},
                make_client=_make_client,
            ),
            clock=SystemClock(),
            say=click.echo,
            watch_s=watch_s,
        )
        rollout.run(order_regions(stack, first))
    except (RolloutStopped, MusterError) as exc:
        click.echo(f"error: {exc}", err=True)
        sys.exit(1)


if __name__ == "__main__":
    main()
