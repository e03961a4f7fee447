"""Roles of a twin's processes: their names, addresses, programs and files.

A role is a string: `gateway`, `control`, `edge`, `route53`, `cities`, `region/eu-central-1`. Every
twin has the first five, and one `region/NAME` for each Region that has been started. Which process
has a role is in twin.runtime.run_files.
"""

from enum import StrEnum
from pathlib import Path

from twin.errors import UsageError
from twin.runtime.instance import Instance

GATEWAY, CONTROL, EDGE = "gateway", "control", "edge"
ROUTE53 = "route53"
"""Name servers and health checkers."""
CITIES = "cities"
"""Of each city a caching resolver and a SOCKS entrance."""
CORE_ROLES = (GATEWAY, CONTROL, EDGE, ROUTE53, CITIES)
REGION_PREFIX = "region/"
PACKAGE = "twin"
"""Package of the roles' programs; tests have stand-ins elsewhere."""


class ProcessState(StrEnum):
    """State of a role's process."""

    ABSENT = "absent"
    """Never started."""
    RUNNING = "running"
    FROZEN = "frozen"
    """Held by SIGSTOP."""
    DEAD = "dead"
    """Started, and gone for any cause."""


def region_role(region: str) -> str:
    """The role of a Region's process: `region/NAME`."""
    return REGION_PREFIX + region


def region_of(role: str) -> str | None:
    """The Region of a `region/NAME` role; None for the others."""
    return role.removeprefix(REGION_PREFIX) if role.startswith(REGION_PREFIX) else None


def role_file_name(role: str) -> str:
    """The role as part of a file name: `region-NAME`."""
    return role.replace("/", "-")


def internal_address(instance: Instance, role: str) -> tuple[str, int]:
    """Address of the role's HTTP server. Raises RegionUnknown, UsageError."""
    if (region := region_of(role)) is not None:
        return instance.region_address(region)
    addresses = {
        GATEWAY: instance.gateway_address,
        CONTROL: instance.control_address,
        EDGE: instance.edge_address,
        ROUTE53: instance.route53_address,
        CITIES: instance.cities_address,
    }
    if role not in addresses:
        raise UsageError(f"no process '{role}'; there are {', '.join(CORE_ROLES)}, region/NAME")
    return addresses[role]


def status_path(role: str) -> str:
    """HTTP path that the role's process answers with 200 once it works."""
    return "/_twin/whoami" if role == GATEWAY else "/_twin/status"


def python_arguments(role: str, package: str = PACKAGE) -> tuple[str, ...]:
    """Python's arguments to run the role: `-m PACKAGE.ROLE`, or `-m PACKAGE.region NAME`."""
    region = region_of(role)
    return ("-m", f"{package}.{role}") if region is None else ("-m", f"{package}.region", region)


def run_file_path(instance: Instance, role: str) -> Path:
    """The role's run file (twin.runtime.run_files)."""
    return instance.run_dir / f"{role_file_name(role)}.json"


def log_path(instance: Instance, role: str) -> Path:
    """Log file of the role's process."""
    return instance.logs_dir / f"{role_file_name(role)}.log"


def started_regions(instance: Instance) -> tuple[str, ...]:
    """Regions that have been started at least once, sorted by name."""
    prefix = role_file_name(REGION_PREFIX)
    folders = (instance.state_dir / "regions").glob("*")
    with_state = {path.name for path in folders if path.is_dir()}
    with_run_file = {p.stem.removeprefix(prefix) for p in instance.run_dir.glob(f"{prefix}*.json")}
    return tuple(sorted(with_state | with_run_file))


def all_roles(instance: Instance) -> tuple[str, ...]:
    """The core roles, and those of the started Regions."""
    return (*CORE_ROLES, *map(region_role, started_regions(instance)))
