"""A deployed copy of the system, seen through its DNS front door."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from tests.e2e.both_doors.dns_clients import FRANKFURT, PORTLAND, CityClient, resolve
from tests.e2e.checkout import Checkout
from tests.e2e.clients import NO_HEADERS, HttpAnswer
from tests.e2e.system import FRANKFURT_REGION, OREGON_REGION
from tests.waiting import eventually

MOVED_WITHIN_S = 40.0
"""At the tests' speed: detection, what is left of the TTL, and a busy machine."""
NEAR_CITY = {FRANKFURT_REGION: FRANKFURT, OREGON_REGION: PORTLAND}
"""A city whose clients the Region serves while it is healthy."""


@dataclass(frozen=True)
class DnsSystem:
    checkout: Checkout
    outputs: dict[str, Any]

    @property
    def domain(self) -> str:
        name: str = self.outputs["dns"]["domain"]
        return name

    @property
    def port(self) -> int:
        port: int = self.outputs["dns"]["https_port"]
        return port

    @property
    def authority(self) -> Path:
        """The certificate of the authority that vouches for the twin's names."""
        return self.checkout.home / "ca.pem"

    @cached_property
    def _places(self) -> dict[str, dict[str, Any]]:
        listed = self.checkout.run_in_shell("twin places --json").ok().output
        return {city["name"]: city for city in json.loads(listed)}

    def entrance(self, city: str) -> str:
        """The `host:port` of the city's SOCKS entrance."""
        return str(self._places[city]["socks"])

    def client(self, city: str) -> CityClient:
        return CityClient(self._places[city], self.authority)

    def get(self, path: str, city: str, host: str = "") -> HttpAnswer:
        """GET by the shared name, unless another is given, on a new connection."""
        return self.client(city).get(host or self.domain, path, self.port)

    def ask(
        self,
        method: str,
        path: str,
        city: str,
        *,
        host: str = "",
        body: object = None,
        headers: Mapping[str, str] = NO_HEADERS,
    ) -> HttpAnswer:
        """A request by the shared name, unless another is given; the body is sent as JSON."""
        text = None if body is None else json.dumps(body)
        return self.client(city).request(
            method, host or self.domain, path, text, self.port, headers
        )

    def regional_name(self, region: str) -> str:
        """The Region's own name."""
        name: str = self.outputs["dns"]["regions"][region]["name"]
        return name

    @contextmanager
    def replication_paused(self, region: str) -> Iterator[None]:
        """What is written in the Region stays there, and it gets nothing, until the end."""
        self.checkout.run_in_shell(f"twin replication pause {region}").ok()
        try:
            yield
        finally:
            self.checkout.run_in_shell(f"twin replication resume {region}").ok()

    @contextmanager
    def killed(self, region: str) -> Iterator[None]:
        """The Region is lost; at the end it starts again, and serves the clients near it."""
        self.checkout.run_in_shell(f"twin region kill {region}").ok()
        try:
            yield
        finally:
            self.checkout.run_in_shell(f"twin region start {region}").ok()
            self.wait_until_served_by(region, NEAR_CITY[region])

    @contextmanager
    def throttled(self, region: str) -> Iterator[None]:
        """The Region's function gets no concurrency: it answers nobody, and its table lives.

        https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
        At the end the Region serves the clients near it again.
        """
        functions = self.checkout.client("lambda", region)
        name = self.outputs["regions"][region]["function_name"]
        functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
        try:
            yield
        finally:
            functions.delete_function_concurrency(FunctionName=name)
            self.wait_until_served_by(region, NEAR_CITY[region])

    def wait_until_served_by(self, region: str, city: str, host: str = "") -> None:
        """Wait until this Region answers a city's clients."""
        eventually(
            lambda: self.get("/health", city, host).region == region, MOVED_WITHIN_S, pause_s=0.2
        )

    def resolve(self, name: str, city: str, kind: str = "A") -> set[str]:
        """What the city's resolver answers."""
        host, _, port = str(self._places[city]["resolver"]).rpartition(":")
        return resolve((host, int(port)), name, kind)


def deployed_dns_system(checkout: Checkout) -> DnsSystem:
    return DnsSystem(checkout, checkout.outputs())
