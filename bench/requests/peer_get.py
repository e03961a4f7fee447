"""The same GET at another emulator: the same function behind a load balancer of its own.

    BENCH_PEERS="ministack=http://127.0.0.1:4570" python -m bench get

None of the peers has a Global Accelerator, so their path is shorter: load balancer, function and
table. A load balancer is asked at `URL/_alb/NAME/PATH`, as MiniStack has it. A peer must be freshly
started. The twin and each peer are asked in turns, so that a disturbance of the machine hits all.
"""

import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from bench.dynamodb import peers_from_environment
from bench.requests.get import WrkResult, combine_results, run_wrk
from tests.e2e.checkout import Checkout

NAME, TABLE, CONTROL_TABLE = "bench-get", "bench-get-items", "bench-get-control"
REGION = "us-east-1"
"""The one that MiniStack takes for a request without a signature."""
CLIENTS = (1, 8)
RUNS = 5
ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerGet:
    """Medians of one emulator with so many clients, on kept connections."""

    emulator: str
    clients: int
    wrk: WrkResult


def measure_peer_gets(copy: Checkout) -> list[PeerGet]:
    """The twin first, then the peers of the environment; nothing if there is none."""
    peers = peers_from_environment()
    if not peers:
        return []
    urls = {"twin": copy.outputs()["url"].rstrip("/")}
    urls |= {name: f"{url}/_alb/{deploy_peer(url)}" for name, url in peers.items()}
    found = []
    for clients in CLIENTS:
        results: dict[str, list[WrkResult]] = {name: [] for name in urls}
        for number in range(RUNS + 1):
            for name, url in urls.items():
                result = run_wrk(f"{url}/get/foobar", clients=clients, connection="keep")
                if number:  # the first round warms everything up
                    results[name].append(result)
        found += [
            PeerGet(emulator=name, clients=clients, wrk=combine_results(runs))
            for name, runs in results.items()
        ]
    return found


def format_peer_table(rows: list[PeerGet]) -> str:
    """A Markdown table; empty without peers."""
    if not rows:
        return ""
    lines = [
        "| emulator | clients | p50 us | p99 us | per s | failed |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.emulator} | {row.clients} | {row.wrk.p50_us:.0f} | {row.wrk.p99_us:.0f} "
        f"| {row.wrk.per_s:.0f} | {row.wrk.failed} |"
        for row in rows
    ]
    return "\n".join(lines)


def deploy_peer(url: str) -> str:
    """Deploy table, function and load balancer at the emulator; the load balancer's name."""
    _make_tables(boto3.client("dynamodb", **_access(url)))
    function = _make_function(boto3.client("lambda", **_access(url)), url)
    balancers = boto3.client("elbv2", **_access(url))
    group = balancers.create_target_group(Name=NAME, TargetType="lambda")["TargetGroups"][0]
    balancers.register_targets(TargetGroupArn=group["TargetGroupArn"], Targets=[{"Id": function}])
    balancer = balancers.create_load_balancer(Name=NAME, Subnets=["subnet-1", "subnet-2"])
    balancers.create_listener(
        LoadBalancerArn=balancer["LoadBalancers"][0]["LoadBalancerArn"],
        Protocol="HTTP",
        Port=urlsplit(url).port or 80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": group["TargetGroupArn"]}],
    )
    return NAME


def _make_tables(dynamodb: Any) -> None:  # noqa: ANN401 - boto3 makes its clients at run time
    for table, key in ((TABLE, "item_id"), (CONTROL_TABLE, "id")):
        dynamodb.create_table(
            TableName=table,
            KeySchema=[{"AttributeName": key, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        dynamodb.get_waiter("table_exists").wait(TableName=table)
    dynamodb.put_item(TableName=TABLE, Item={"item_id": {"S": "foobar"}})


def _make_function(functions: Any, url: str) -> str:  # noqa: ANN401
    """The deployed program's own function; its ARN."""
    answer: Mapping[str, str] = functions.create_function(
        FunctionName=NAME,
        Runtime="python3.11",
        Role="arn:aws:iam::000000000000:role/bench",
        Handler="app.handler.handle",
        Code={"ZipFile": _archive()},
        Timeout=4,
        MemorySize=512,
        Environment={
            "Variables": {
                "SERVICES": "items",
                "TABLE_ITEMS": TABLE,
                "CONTROL_TABLE": CONTROL_TABLE,
                "TABLE_BUDGET_S": "3",
                "AWS_ENDPOINT_URL": url,
            }
        },
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=NAME)
    return answer["FunctionArn"]


def _archive() -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted((ROOT / "app").rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                archive.write(path, path.relative_to(ROOT))
    return stored.getvalue()


def _access(url: str) -> dict[str, Any]:
    """Where and as whom boto3 calls; the emulators take any credentials."""
    return {
        "endpoint_url": url,
        "region_name": REGION,
        "aws_access_key_id": "x",
        "aws_secret_access_key": "x",
        "config": Config(retries={"total_max_attempts": 1}),
    }
