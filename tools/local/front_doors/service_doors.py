"""The ways into the deployed service, as `make up` uses them: static IPs, and DNS with TLS."""

import http.client
import json
import socket
import ssl
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from common.network.http_client import HttpResponse, send_request
from common.network.socks_client import connect_through
from twin import geography
from twin.internal_api.client import send_internal_request
from twin.runtime.https_port import HTTPS_PORT
from twin.runtime.instance import Instance

_TIMEOUT_S = 10.0


class ServiceDoor(Protocol):
    """One way into the service."""

    @property
    def base(self) -> str:
        """URL without a path."""
        ...

    def call(self, method: str, path: str, body: object = None) -> HttpResponse:
        """Send a request. Raises OSError."""
        ...


class StaticAddressDoor:
    """The first static IP of the accelerator, by plain HTTP."""

    def __init__(self, outputs: Mapping[str, Any]) -> None:
        port = urlsplit(str(outputs["url"])).port or 80
        shown = "" if port == 80 else f":{port}"
        self.base = f"http://{outputs['static_ips'][0]}{shown}"

    def call(self, method: str, path: str, body: object = None) -> HttpResponse:
        try:
            return send_request(method, f"{self.base}{path}", timeout_s=_TIMEOUT_S, body=body)
        except http.client.HTTPException as exc:
            raise ConnectionError(f"{method} {self.base}{path}: {exc!r}") from exc


class TlsDoor(ABC):
    """A name, with TLS that the twin's authority vouches for; how it is reached is `connect`'s."""

    def __init__(self, instance: Instance, base: str) -> None:
        self.base = base
        self._ca_file = instance.ca_path

    @abstractmethod
    def connect(self, host: str, port: int) -> socket.socket:
        """Raises OSError."""

    def call(self, method: str, path: str, body: object = None) -> HttpResponse:
        """Also raises ssl.SSLError, an OSError, for a certificate of another authority."""
        address = urlsplit(self.base)
        host, port = address.hostname or "", address.port or HTTPS_PORT
        trust = ssl.create_default_context(cafile=str(self._ca_file))
        connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
        headers = {} if body is None else {"Content-Type": "application/json"}
        content = None if body is None else json.dumps(body)
        try:
            plain = self.connect(host, port)
            connection.sock = plain
            connection.sock = trust.wrap_socket(plain, server_hostname=host)
            connection.request(method, path, content, {"Host": address.netloc, **headers})
            response = connection.getresponse()
            return HttpResponse(response.status, response.headers, response.read())
        except http.client.HTTPException as exc:
            raise ConnectionError(f"{method} {self.base}{path}: {exc!r}") from exc
        finally:
            connection.close()


class DomainDoor(TlsDoor):
    """The accelerator's domain, at its first static IP: it may be in no zone of the twin."""

    def __init__(self, instance: Instance, outputs: Mapping[str, Any]) -> None:
        super().__init__(instance, str(outputs["url"]))
        self.address = str(outputs["static_ips"][0])

    def connect(self, host: str, port: int) -> socket.socket:
        return socket.create_connection((self.address, port), timeout=_TIMEOUT_S)


class DnsDoor(TlsDoor):
    """The shared name, from the city that is nearest to the home Region."""

    def __init__(self, instance: Instance, outputs: Mapping[str, Any]) -> None:
        super().__init__(instance, str(outputs["dns"]["url"]))
        self.city = geography.nearest_city(str(outputs["home_region"]))
        self.proxy = instance.socks_address(geography.city_number(self.city))
        self._cities = instance.cities_address

    def connect(self, host: str, port: int) -> socket.socket:
        return connect_through(self.proxy, host, port, _TIMEOUT_S)

    def flush_resolvers(self) -> None:
        """Let the cities forget that the name did not exist. Raises NotRunning."""
        send_internal_request("POST", self._cities, "/_twin/flush")


def open_doors(instance: Instance, outputs: Mapping[str, Any]) -> tuple[ServiceDoor, ...]:
    """The doors that the stack has, the accelerator first."""
    doors: list[ServiceDoor] = []
    if outputs.get("static_ips"):
        has_domain = str(outputs["url"]).startswith("https:")
        doors.append(DomainDoor(instance, outputs) if has_domain else StaticAddressDoor(outputs))
    if outputs.get("dns"):
        doors.append(DnsDoor(instance, outputs))
    return tuple(doors)
