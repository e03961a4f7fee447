"""DNS answers per second of Route 53's name servers: latency policy, three Regions, by UDP.

`python -m bench.dns` starts the process `route53` of a twin of its own, and beside it the floor:
the same sockets, with a handler that has dnspython parse the query and write the same answer, and
does nothing else. Each round measures every case for a moment, so that a disturbance of the machine
hits all of them. "Repeated" are the queries of the resolvers of all cities; of "new" ones none has
been asked before, since the letters of their name vary, as some resolvers do against forgery.

Processor time is that of the serving process: its inverse is what one core can answer.
"""

import asyncio
import itertools
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

import dns.edns
import dns.message
import dns.rrset
import psutil

from bench.processes import process_cpu_s
from common.clock import SystemClock
from tests.instances import claim_instance
from twin import codec
from twin.dns_server import DnsServer, Source
from twin.geography import CITIES, city_address
from twin.runtime import processes
from twin.runtime.instance import Instance
from twin.topology.apigateway import ApiGatewayTopology, CustomDomain
from twin.topology.model import RegionTopology, Topology
from twin.topology.route53 import AliasTarget, HostedZone, ResourceRecordSet, Route53Topology

ROUNDS = 7
MOMENT_S = 1.0
WINDOW = 32
"""Queries that wait for their answer at once."""
REGIONS = ("eu-central-1", "us-west-2", "ap-northeast-1")
NAME = "api.muster.test."
SERVERS = tuple(
    f"ns-{512 * n}.awsdns-00.{end}." for n, end in enumerate(("com", "net", "org", "io"))
)
FLOOR_ANSWER = dns.rrset.from_text(NAME, 60, "IN", "A", "127.140.9.3")
FLOOR_AUTHORITY = dns.rrset.from_text("muster.test.", 172800, "IN", "NS", *SERVERS)
FLOOR_ADDRESS = ("127.0.0.1", 5399)
Queries = Iterator[bytes]


@dataclass(slots=True)
class DnsRates:
    """What was measured of one case, a value for each round."""

    per_s: list[float] = field(default_factory=list)
    cpu_us: list[float] = field(default_factory=list)
    """Of the server, for an answer."""


def make_topology(instance: Instance) -> Topology:
    """A zone whose name is an alias to each Region's API Gateway, by latency."""
    soa = f"{SERVERS[0]} awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    records = [
        ResourceRecordSet(name="muster.test.", type="SOA", ttl_s=900, values=(soa,)),
        ResourceRecordSet(name="muster.test.", type="NS", ttl_s=172800, values=SERVERS),
        *(
            ResourceRecordSet(
                name=NAME,
                type="A",
                set_identifier=region,
                region=region,
                alias=AliasTarget(
                    zone_id="ZAPI", name=_regional_name(region), evaluate_target_health=True
                ),
            )
            for region in REGIONS
        ),
    ]
    return Topology(
        version=1,
        regions={region: _region(instance, region) for region in REGIONS},
        route53=Route53Topology(
            zones=(HostedZone(id="Z1", name="muster.test.", records=tuple(records)),)
        ),
    )


def _region(instance: Instance, region: str) -> RegionTopology:
    domain = CustomDomain(
        name=NAME, regional_name=_regional_name(region).rstrip("."), certificate_arn="none"
    )
    return RegionTopology(
        api_gateway=ApiGatewayTopology(
            address=instance.api_gateway_address(region), domains=(domain,)
        )
    )


def _regional_name(region: str) -> str:
    return f"d-muster.execute-api.{region}.amazonaws.com."


# -- queries


def make_repeated_queries() -> Queries:
    """What the resolvers of all cities ask, again and again."""
    return itertools.cycle([_query(NAME, number) for number in range(1, len(CITIES) + 1)])


def make_new_queries(seed: int = 1) -> Queries:
    """The same in ever other letters."""
    rng = random.Random(seed)
    for number in itertools.cycle(range(1, len(CITIES) + 1)):
        yield _query("".join(rng.choice((c, c.upper())) for c in NAME), number)


def _query(name: str, city: int) -> bytes:
    network = city_address(city).removesuffix(".1") + ".0"
    option = dns.edns.ECSOption(network, 24)
    return dns.message.make_query(name, "A", payload=1232, options=[option]).to_wire()


# -- measuring


def measure_rate(address: tuple[str, int], queries: Queries, pid: int) -> tuple[float, float]:
    """Answers per second, and the server's processor time for one in microseconds."""
    server = psutil.Process(pid)
    prepared = list(itertools.islice(queries, 20_000))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.connect(address)
        client.settimeout(1.0)
        busy_before, started = process_cpu_s(server), time.perf_counter()
        answers = _exchange(client, prepared, started + MOMENT_S)
        took = time.perf_counter() - started
        return answers / took, 1e6 * (process_cpu_s(server) - busy_before) / answers


def _exchange(client: socket.socket, queries: list[bytes], until: float) -> int:
    """Keep WINDOW queries on their way; the number of answers. Exits if one is no answer."""
    for number in range(WINDOW):
        client.send(_with_id(queries, number))
    sent = WINDOW
    received = 0
    while received < sent:
        response = client.recv(4096)
        if response[3] & 0x0F or response[7] != 1:
            raise SystemExit(f"this is no answer: {dns.message.from_wire(response)}")
        received += 1
        if time.perf_counter() < until:
            client.send(_with_id(queries, sent))
            sent += 1
    return received


def _with_id(queries: list[bytes], number: int) -> bytes:
    return (number & 0xFFFF).to_bytes(2) + queries[number % len(queries)][2:]


def measure_dns() -> dict[str, DnsRates]:
    """Measure all cases in turn."""
    cases: dict[str, Callable[[], Queries]] = {
        "floor": make_repeated_queries,
        "repeated": make_repeated_queries,
        "new": make_new_queries,
    }
    found = {name: DnsRates() for name in cases}
    with tempfile.TemporaryDirectory(prefix="muster-bench-dns-") as folder:
        instance = Instance(Path(folder), claim_instance())
        instance.state_dir.mkdir()
        instance.topology_path.write_text(codec.dumps(make_topology(instance)))
        environ = os.environ | {"TWIN_LEASH": str(os.getpid())}
        clock = SystemClock()
        server = processes.start_process(instance, "route53", environ=environ, clock=clock)
        floor = subprocess.Popen(
            [sys.executable, "-m", "bench.dns", "floor"], stdout=subprocess.PIPE
        )
        try:
            assert floor.stdout  # noqa: S101 - asked for above
            floor.stdout.readline()
            for number in range(ROUNDS + 1):
                for name, make_queries in cases.items():
                    is_floor = name == "floor"
                    address = FLOOR_ADDRESS if is_floor else instance.name_server_addresses[0]
                    pid = floor.pid if is_floor else server
                    per_s, cpu_us = measure_rate(address, make_queries(), pid)
                    if number:  # the first round warms everything up
                        found[name].per_s.append(per_s)
                        found[name].cpu_us.append(cpu_us)
        finally:
            floor.kill()
            floor.wait()
            processes.stop_process(instance, "route53", clock=clock)
    return found


def format_dns_table(found: dict[str, DnsRates]) -> str:
    """A Markdown table of medians."""
    floor = median(found["floor"].cpu_us)
    lines = [
        "| queries | answers per s | CPU us an answer | answers per s of a core | CPU / floor |",
        "|---|---|---|---|---|",
    ]
    for name, rates in found.items():
        cpu_us = median(rates.cpu_us)
        lines.append(
            f"| {name} | {median(rates.per_s):.0f} | {cpu_us:.0f} | {1e6 / cpu_us:.0f} "
            f"| {cpu_us / floor:.2f} |"
        )
    return "\n".join(lines)


# -- the floor


def answer_by_dnspython(message: bytes, _: Source) -> bytes:
    """Parse the query and write the answer of one Region."""
    response = dns.message.make_response(dns.message.from_wire(message))
    response.answer, response.authority = [FLOOR_ANSWER], [FLOOR_AUTHORITY]
    return response.to_wire()


async def serve_floor() -> None:
    await DnsServer(answer_by_dnspython).start(FLOOR_ADDRESS)
    print("ready", flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    if sys.argv[1:] == ["floor"]:
        asyncio.run(serve_floor())
    else:
        print(f"{os.cpu_count()} cores, load average {os.getloadavg()[0]:.1f}\n", flush=True)
        print(format_dns_table(measure_dns()))
