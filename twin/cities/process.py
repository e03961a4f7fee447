"""The cities' process: a caching resolver and a SOCKS entrance in each city.

GET  /_twin/status    CitiesStatus
POST /_twin/flush     empty all caches; 204
"""

import asyncio
import random
from collections.abc import Sequence

from aiohttp import web

from twin import geography
from twin.cities.city import City
from twin.cities.resolver import CityResolver, make_exchange
from twin.cities.served_ports import ServedPorts
from twin.cities.socks import SocksEntrance
from twin.internal_api.schemas import CitiesStatus
from twin.internal_api.server import json_response, serving
from twin.runtime.daemon import DaemonContext
from twin.runtime.https_port import HTTPS_PORT
from twin.runtime.public_addresses import is_public_address
from twin.runtime.roles import CITIES
from twin.topology.model import Topology
from twin.topology.watch import watch_topology


class Cities:
    """All cities of one twin."""

    def __init__(
        self, context: DaemonContext, rng: random.Random, tasks: asyncio.TaskGroup
    ) -> None:
        """`tasks` runs what outlives a client's request."""
        self._context = context
        self._rng = rng
        self._tasks = tasks
        self._topology = Topology()
        self._served = ServedPorts(context.instance, self._topology)
        self._tls_ports: dict[str, int] = {}
        """Address of an API Gateway -> its port."""
        self._cities: Sequence[City] = [
            self._make_city(number) for number in range(1, len(geography.CITIES) + 1)
        ]

    async def start(self) -> None:
        """Open all sockets."""
        instance = self._context.instance
        for number, city in enumerate(self._cities, 1):
            await city.start(instance.resolver_address(number), instance.socks_address(number))

    def apply_topology(self, topology: Topology) -> None:
        self._topology = topology
        self._served = ServedPorts(self._context.instance, topology)
        gateways = (region.api_gateway for region in topology.regions.values())
        self._tls_ports = {one.address: one.port for one in gateways if one.address}

    def flush(self) -> None:
        """Empty all caches."""
        for city in self._cities:
            city.flush()

    def status(self) -> CitiesStatus:
        return CitiesStatus(
            topology_version=self._topology.version,
            cities=tuple(city.status() for city in self._cities),
        )

    def close(self) -> None:
        for city in self._cities:
            city.close()

    def _make_city(self, number: int) -> City:
        instance, settings = self._context.instance, self._context.settings
        place = geography.CITIES[number - 1]
        client_ip = geography.city_address(number)
        resolver = CityResolver(
            client_ip=client_ip,
            send_client_subnet=settings.client_subnet,
            name_servers=instance.name_server_addresses,
            exchange=make_exchange(
                geography.find_city_address(settings.resolver_city or place.name)
            ),
            clock=self._context.clock,
            rng=self._rng,
            tasks=self._tasks,
            speed=settings.speed,
        )
        entrance = SocksEntrance(
            source_ip=client_ip,
            find_address=resolver.find_address,
            is_allowed=lambda address: is_public_address(instance, address),
            is_served=self._is_served,
            real_port=self._real_port,
        )
        return City(place.name, resolver, entrance, self._tasks)

    def _is_served(self, address: str, port: int) -> bool:
        return self._served.include(address, port)

    def _real_port(self, address: str, port: int) -> int:
        return self._tls_ports.get(address, port) if port == HTTPS_PORT else port


async def main(context: DaemonContext) -> None:
    """Run until the context's stop event is set."""
    async with asyncio.TaskGroup() as tasks:
        cities = Cities(context, random.SystemRandom(), tasks)
        await cities.start()
        async with serving(build_app(cities), context.instance.cities_address):
            await context.run_until_stopped(
                watch_topology(context.instance, CITIES, context.clock, cities.apply_topology)
            )
        cities.close()


def build_app(cities: Cities) -> web.Application:
    """The process's internal HTTP API."""

    async def get_status(_: web.Request) -> web.Response:
        return json_response(cities.status())

    async def flush(_: web.Request) -> web.Response:
        cities.flush()
        return web.Response(status=204)

    app = web.Application()
    app.router.add_get("/_twin/status", get_status)
    app.router.add_post("/_twin/flush", flush)
    return app
