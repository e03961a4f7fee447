"""The configuration of a first deployment, as far as quotas and permissions depend on it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from muster.doctor.quota_reader import StackNeeds
from muster.errors import InvalidSetting

CONTROL_TABLES = 1

PlannedPart = Literal[
    "accelerator",
    "dns",
    "concurrency",
    "firewall",
    "logs",
    "alarms",
    "dashboard",
    "budget",
    "experiments",
]
"""What a stack may have, and needs permissions of its own."""
SWITCHES: Mapping[str, PlannedPart] = {
    "reserved_concurrency": "concurrency",
    "waf_rate_limit": "firewall",
    "traffic_log_days": "logs",
    "alarms": "alarms",
    "dashboard": "dashboard",
    "budget_usd": "budget",
    "fault_injection": "experiments",
}
"""Key -> the part that it switches on; the program's own default is off."""
OFF = ("", "0", "false")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedStack:
    needs: StackNeeds
    prefix: str
    """First part of the stack's names."""
    parts: frozenset[PlannedPart]
    reserved_concurrency: int
    """Of the function in each Region; 0: none."""


def read_planned_stack(path: Path) -> PlannedStack:
    """Read a file such as Pulumi.prod.yaml. Raises InvalidSetting."""
    import yaml  # noqa: PLC0415 - reading YAML costs 20 ms

    try:
        document: object = yaml.safe_load(path.read_text())
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as exc:
        raise _error(path, f"a readable stack file ({exc})") from exc
    config = document.get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        raise _error(path, "a stack file of Pulumi, with `config`")
    regions = _texts(config, path, "regions", [])
    if not regions:
        raise _error(path, "a stack file with a list of Regions (muster:regions)")
    doors = _texts(config, path, "front_doors", ["accelerator"])
    services = _texts(config, path, "services", ["items"])
    default = f"muster-{path.stem.partition('.')[2]}"
    prefix = config.get("muster:name_prefix") or default
    return PlannedStack(
        needs=StackNeeds(
            regions=tuple(regions),
            has_accelerator="accelerator" in doors,
            tables=len(services) + CONTROL_TABLES,
            deployed=False,
        ),
        prefix=str(prefix),
        parts=frozenset(_parts(config, doors)),
        reserved_concurrency=_number(config, path, "reserved_concurrency"),
    )


def _parts(config: dict[str, Any], doors: list[str]) -> Iterator[PlannedPart]:
    if "accelerator" in doors:
        yield "accelerator"
    if "dns" in doors:
        yield "dns"
    for key, part in SWITCHES.items():
        if str(config.get(f"muster:{key}", "")).lower() not in OFF:
            yield part


def _number(config: dict[str, Any], path: Path, key: str) -> int:
    try:
        return int(config.get(f"muster:{key}", 0))
    except (TypeError, ValueError):
        raise _error(path, f"a stack file whose muster:{key} is a number") from None


def _texts(config: dict[str, Any], path: Path, key: str, default: list[str]) -> list[str]:
    value = config.get(f"muster:{key}", default)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _error(path, f"a stack file whose muster:{key} is a list of texts")
    return value


def _error(path: Path, rule: str) -> InvalidSetting:
    return InvalidSetting("deployment", "--deployment", str(path), rule)
