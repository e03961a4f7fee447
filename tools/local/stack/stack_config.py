"""Reads the configuration of the stack `local`, and adapts it to this machine. Pure.

Stack files are never rewritten. Pulumi gets a copy with the access key of this folder's twin, so
that it can't deploy to another folder's by mistake, and with other addresses where the twin has
another number than 0, or another port where the listener's can't be bound.
"""

from dataclasses import dataclass
from typing import Any

import yaml

from common.twin_keys import UNSET_KEY
from twin.errors import SettingsError
from twin.runtime.https_port import HTTPS_PORT
from twin.runtime.instance import FIRST_GATEWAY_PORT

PROJECT, STACK = "muster", "local"
FILE = f"Pulumi.{STACK}.yaml"
PORT_KEY, HTTPS_PORT_KEY = "muster:listener_port", "muster:dns_https_port"
ACCESS_KEY, SECRET_KEY, TOKEN = "aws:accessKey", "aws:secretKey", "aws:token"
DEFAULT_PORT = 80
LAST_PORT = 65535
UNPRIVILEGED_PORT = 8080
_HEAD = "# Generated from {file} for this machine, anew at each call. Edit that file instead.\n"


@dataclass(frozen=True, slots=True)
class StackConfig:
    """The content of a stack file."""

    document: dict[str, Any]
    listener_port: int
    """The accelerator's port."""
    home_region: str
    """The tables' home Region, else the first Region."""
    regions: tuple[str, ...]
    services: tuple[str, ...]

    @property
    def values(self) -> dict[str, Any]:
        """The `config` section."""
        values: dict[str, Any] = self.document.get("config") or {}
        return values


def parse_stack_config(text: str) -> StackConfig:
    """Raises SettingsError."""
    try:
        document = yaml.safe_load(text) or {}
    except yaml.YAMLError as exc:
        raise SettingsError(f"{FILE}: not YAML: {exc}") from exc
    if not isinstance(document, dict) or not isinstance(document.get("config", {}), dict | None):
        raise SettingsError(f"{FILE}: must be an object with `config`")
    values = document.get("config") or {}
    regions = _parse_names(values, "muster:regions", "eu-central-1")
    services = _parse_names(values, "muster:services", "items")
    home = str(values.get("muster:home_region") or regions[0])
    return StackConfig(document, _parse_port(values), home, regions, services)


def _parse_port(values: dict[str, Any]) -> int:
    value = values.get(PORT_KEY, DEFAULT_PORT)
    port = int(value) if str(value).isdecimal() else 0
    if not 1 <= port <= LAST_PORT:
        raise SettingsError(f"{FILE}: {PORT_KEY} = {value}: must be a port, 1 to {LAST_PORT}")
    return port


def _parse_names(values: dict[str, Any], key: str, default: str) -> tuple[str, ...]:
    names = values.get(key, [default])
    if not isinstance(names, list) or not names:
        raise SettingsError(f"{FILE}: {key} = {names}: must be a list of {key.partition(':')[2]}")
    return tuple(map(str, names))


def name_prefix(config: StackConfig) -> str:
    """First part of the names of the stack's resources."""
    return str(config.values.get("muster:name_prefix") or f"{PROJECT}-{STACK}")


def usable_port(configured: int, *, may_bind: bool) -> int:
    """The configured port, or 8080 where this user may not bind it."""
    return configured if may_bind else UNPRIVILEGED_PORT


@dataclass(frozen=True, slots=True, kw_only=True)
class UsablePorts:
    """The ports that the stack gets on this machine."""

    gateway: int
    listener: int
    https: int
    """API Gateway's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackCredentials:
    """What Pulumi's calls are signed with."""

    access_key: str
    secret_key: str
    token: str = ""
    """Of temporary credentials."""


def override_stack_config(
    config: StackConfig, ports: UsablePorts, credentials: StackCredentials
) -> str:
    """Text of the copy for this machine, with credentials of this folder's twin."""
    values = _with_gateway(config.values, ports.gateway)
    if ports.listener != config.listener_port:
        values[PORT_KEY] = ports.listener
    if ports.https != HTTPS_PORT:
        values[HTTPS_PORT_KEY] = ports.https
    if values.get(ACCESS_KEY) == UNSET_KEY:
        values[ACCESS_KEY] = credentials.access_key
        values[SECRET_KEY] = credentials.secret_key
        if credentials.token:
            values[TOKEN] = credentials.token
    document = {**config.document, "config": values}
    return _HEAD.format(file=FILE) + yaml.safe_dump(document, sort_keys=False)


def _with_gateway(value: Any, port: int) -> Any:  # noqa: ANN401 - any part of a YAML document
    """A copy in which every address of the gateway has this port."""
    if isinstance(value, dict):
        return {key: _with_gateway(inner, port) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_gateway(inner, port) for inner in value]
    if isinstance(value, str):
        for host in ("127.0.0.1", "localhost"):
            value = value.replace(f"{host}:{FIRST_GATEWAY_PORT}", f"{host}:{port}")
    return value
