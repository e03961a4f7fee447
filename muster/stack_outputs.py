"""Read the stack's outputs, and check them field by field.

They come from the file of a setting, else the Pulumi stack of a setting, else `.twin/outputs.json`
in the working folder, else the folder's selected Pulumi stack. Makes no call of AWS.

Pulumi's state backend may be down in the very outage that the tool is for: what it answered is kept
beside the checkout, and used, with a notice, while it does not answer.
"""

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from ipaddress import ip_address
from pathlib import Path
from typing import TypeVar, get_args

from common.clock import SystemClock
from common.files.atomic_file import write_atomically
from common.kept_outputs import format_outputs, kept_outputs_path, list_kept_stacks
from muster.config import MusterSettings
from muster.errors import InvalidStackOutputs, StateBackendSilent, UnknownRegion
from muster.formatting import format_duration
from muster.model import (
    AlarmEffect,
    DnsOutputs,
    DnsRegionOutputs,
    RegionOutputs,
    Stack,
    StackAlarm,
)

T = TypeVar("T")
TWIN_OUTPUTS = Path(".twin/outputs.json")
PULUMI_TIMEOUT_S = 120.0
KEPT_TIMEOUT_S = 15.0
"""How long Pulumi is waited for when there are kept outputs."""
ANSWERS_ABOUT_THE_STACK = ("no stack named", "no stack selected", "could not find a Pulumi project")
"""Errors of Pulumi by which it has answered: kept outputs would hide that."""

RunPulumi = Callable[[list[str], Path, float], str]
"""(command, folder, time-out in seconds) -> its standard output.

Raises StateBackendSilent, InvalidStackOutputs.
"""


def load_stack(
    settings: MusterSettings,
    run: RunPulumi | None = None,
    now: Callable[[], float] | None = None,
) -> Stack:
    """The stack of the settings. `now` is in seconds since 1970. Raises InvalidStackOutputs."""
    file = _find_file(settings)
    if file is not None:
        return _read_file(file)
    return _StateBackend(settings, run or run_pulumi, now or SystemClock().now).load()


@dataclass(frozen=True, slots=True)
class _StateBackend:
    """Pulumi's state, and the file of what it answered last."""

    settings: MusterSettings
    run: RunPulumi
    now: Callable[[], float]

    def load(self) -> Stack:
        name, folder = self.settings.stack, self.settings.folder
        kept = kept_outputs_path(folder, name) if name else None
        command = ["pulumi", "stack", "output", "--json", "--non-interactive"]
        command += ["--stack", name] if name else []
        patience_s = KEPT_TIMEOUT_S if kept and kept.exists() else PULUMI_TIMEOUT_S
        try:
            text = self.run(command, folder, patience_s)
        except StateBackendSilent as exc:
            if kept and kept.exists():
                return self._read_kept(kept, exc)
            raise InvalidStackOutputs(exc.source, f"{exc.why}{self._hint()}") from exc
        stack = parse_outputs(text, " ".join(command[:3]))
        return replace(stack, notice=_keep(kept, text)) if kept else stack

    def _read_kept(self, path: Path, cause: StateBackendSilent) -> Stack:
        age_s = max(0.0, self.now() - path.stat().st_mtime)
        notice = (
            f"these are the outputs of {format_duration(age_s)} ago, kept in {path}, since Pulumi's"
            f" state backend gave none ({cause}); what was deployed since is not in them"
        )
        return replace(_read_file(path), notice=notice, kept_age_s=age_s)

    def _hint(self) -> str:
        names = [] if self.settings.stack else list_kept_stacks(self.settings.folder)
        if not names:
            return "; name a stack (--stack) or a file (--outputs)"
        return f"; outputs are kept of {', '.join(names)}: name the stack (--stack {names[0]})"


def _keep(path: Path, text: str) -> str:
    """Keep outputs that were read; a notice if that fails, else empty."""
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        write_atomically(path, format_outputs(json.loads(text)), mode=0o600)
    except OSError as exc:
        return f"the outputs could not be kept for an emergency: {exc}"
    return ""


def find_region(stack: Stack, name: str) -> RegionOutputs:
    """A Region of the stack. Raises UnknownRegion."""
    if name not in stack.regions:
        raise UnknownRegion(name, stack.regions)
    return stack.regions[name]


def _find_file(settings: MusterSettings) -> Path | None:
    outputs, stack = settings.origin("outputs"), settings.origin("stack")
    if settings.outputs and settings.stack and outputs.level == stack.level:
        raise InvalidStackOutputs(
            f"{outputs.name} and {stack.name}", "both say where the stack is; give one of them"
        )
    if settings.outputs and outputs.level < stack.level:
        return settings.outputs
    twin = settings.folder / TWIN_OUTPUTS
    return twin if settings.stack is None and twin.exists() else None


def _read_file(path: Path) -> Stack:
    try:
        text = path.read_text()
    except FileNotFoundError:
        raise InvalidStackOutputs(
            str(path), "no such file; `make up` and `pulumi stack output --json` write it"
        ) from None
    except OSError as exc:
        raise InvalidStackOutputs(str(path), f"can't be read: {exc.strerror}") from exc
    except UnicodeDecodeError as exc:
        raise InvalidStackOutputs(str(path), str(exc)) from exc
    return parse_outputs(text, str(path))


def run_pulumi(command: list[str], folder: Path, timeout_s: float) -> str:
    """Run Pulumi. Raises StateBackendSilent, InvalidStackOutputs with its error output."""
    source = f"`{' '.join(command)}` in {folder}"
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
    except FileNotFoundError:
        why = "there is no pulumi on PATH; in a shell of a twin, `source .twin/env` first"
        raise StateBackendSilent(source, why) from None
    except subprocess.TimeoutExpired:
        raise StateBackendSilent(source, f"no answer within {timeout_s:.0f} s") from None
    if done.returncode != 0:
        error = " ".join((done.stderr or done.stdout).split()) or f"exit code {done.returncode}"
        if any(words in error for words in ANSWERS_ABOUT_THE_STACK):
            why = f"{error}; name a stack (--stack) or a file (--outputs)"
            raise InvalidStackOutputs(source, why)
        raise StateBackendSilent(source, error)
    return done.stdout


def parse_outputs(text: str, source: str) -> Stack:
    """Parse outputs in JSON. Raises InvalidStackOutputs naming the field."""
    try:
        document = json.loads(text)
    except ValueError as exc:
        raise InvalidStackOutputs(source, f"not JSON: {exc}") from exc
    outputs = _Fields(document, source)
    has_accelerator = outputs.has("accelerator_arn") or not outputs.has("dns")
    regions = {
        name: _region(name, fields, has_accelerator=has_accelerator)
        for name, fields in outputs.objects("regions").items()
    }
    home = outputs.text("home_region")
    if home not in regions:
        raise outputs.error("home_region", f"{home} is not among regions: {', '.join(regions)}")
    dns = _dns(outputs.object("dns"), regions) if outputs.has("dns") else None
    return Stack(
        static_ips=_addresses(outputs) if has_accelerator else (),
        accelerator_dns=outputs.text("accelerator_dns") if has_accelerator else "",
        accelerator_arn=(
            outputs.arn("accelerator_arn", "globalaccelerator") if has_accelerator else ""
        ),
        url=dns.url if dns and not outputs.has("url") else outputs.text("url"),
        regions=regions,
        table=outputs.text("table"),
        control_table=outputs.text("control_table"),
        services=outputs.texts("services"),
        home_region=home,
        dns=dns,
        alarms=_alarms(outputs) if outputs.has("alarms") else {},
        replication_pause_templates=outputs.texts("replication_pause_templates"),
        source=source,
    )


def _alarms(outputs: "_Fields") -> dict[str, StackAlarm]:
    """The stack's alarms by `REGION:NAME`."""
    return {
        f"{region}:{name}": StackAlarm(
            shows=fields.choice("shows", get_args(AlarmEffect)),
            regions=fields.list_of_texts("regions"),
        )
        for region, alarms in outputs.objects("alarms").items()
        for name, fields in alarms.members().items()
    }


def _region(name: str, fields: "_Fields", *, has_accelerator: bool) -> RegionOutputs:
    return RegionOutputs(
        region=name,
        alb_dns=fields.text("alb_dns") if has_accelerator else "",
        alb_arn=fields.arn("alb_arn", "elasticloadbalancing") if has_accelerator else "",
        endpoint_group_arn=(
            fields.arn("endpoint_group_arn", "globalaccelerator") if has_accelerator else ""
        ),
        target_group_arn=(
            fields.arn("target_group_arn", "elasticloadbalancing") if has_accelerator else ""
        ),
        function_name=fields.text("function_name"),
        declared_dial=fields.percent("declared_dial") if has_accelerator else 100.0,
    )


def _dns(fields: "_Fields", regions: Mapping[str, RegionOutputs]) -> DnsOutputs:
    records = {name: _dns_region(name, one) for name, one in fields.objects("regions").items()}
    if records.keys() != regions.keys():
        raise fields.error("regions", f"must have the stack's Regions: {', '.join(regions)}")
    return DnsOutputs(
        domain=fields.text("domain"),
        url=fields.text("url"),
        https_port=int(fields.number("https_port", 1, 65535)),
        zone_id=fields.text("zone_id"),
        zone_name=fields.text("zone_name"),
        name_servers=fields.list_of_texts("name_servers"),
        policy=fields.text("policy"),
        ttl_s=fields.number("ttl_s", 0, 2**31 - 1),
        regions=records,
        traffic_policy_instance_id=(
            fields.text("traffic_policy_instance_id")
            if fields.has("traffic_policy_instance_id")
            else None
        ),
    )


def _dns_region(name: str, fields: "_Fields") -> DnsRegionOutputs:
    return DnsRegionOutputs(
        region=name,
        name=fields.text("name"),
        health_check_id=fields.text("health_check_id"),
        set_identifier=fields.text("set_identifier") if fields.has("set_identifier") else "",
        api_id=fields.text("api_id"),
        regional_domain=fields.text("regional_domain"),
    )


def _addresses(outputs: "_Fields") -> tuple[str, ...]:
    addresses = outputs.value("static_ips")
    if not isinstance(addresses, list) or not addresses:
        raise outputs.error("static_ips", f"{addresses!r} is not a list of addresses")
    for i, address in enumerate(addresses):
        try:
            ip_address(address)
        except ValueError:
            raise outputs.error(f"static_ips[{i}]", f"{address!r} is not an address") from None
    return tuple(addresses)


class _Fields:
    """One object of the document; its errors name the field by its path."""

    def __init__(self, raw: object, source: str, path: str = "") -> None:
        self._source = source
        self._path = path
        if not isinstance(raw, dict):
            raise InvalidStackOutputs(source, f"{raw!r} is not an object", path.rstrip("."))
        self._raw: Mapping[str, object] = raw

    def error(self, name: str, why: str) -> InvalidStackOutputs:
        return InvalidStackOutputs(self._source, why, self._path + name)

    def value(self, name: str) -> object:
        if name not in self._raw:
            raise self.error(name, "missing; is this the file of a stack's outputs?")
        return self._raw[name]

    def text(self, name: str) -> str:
        value = self.value(name)
        if not isinstance(value, str) or not value:
            raise self.error(name, f"{value!r} is not a text")
        return value

    def arn(self, name: str, service: str) -> str:
        value = self.text(name)
        if value.split(":")[0] != "arn" or value.split(":")[2:3] != [service]:
            raise self.error(name, f"{value!r} is not an ARN of {service}")
        return value

    def has(self, name: str) -> bool:
        """Whether it has a value: neither missing nor null."""
        return self._raw.get(name) is not None

    def percent(self, name: str) -> float:
        return self.number(name, 0, 100)

    def number(self, name: str, least: float, most: float) -> float:
        value = self.value(name)
        in_range = isinstance(value, int | float) and least <= value <= most
        if not isinstance(value, int | float) or isinstance(value, bool) or not in_range:
            raise self.error(name, f"{value!r} is not a number from {least:g} to {most:g}")
        return float(value)

    def object(self, name: str) -> "_Fields":
        return _Fields(self.value(name), self._source, f"{self._path}{name}.")

    def list_of_texts(self, name: str) -> tuple[str, ...]:
        value = self.value(name)
        if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
            raise self.error(name, f"{value!r} is not a list of texts")
        return tuple(value)

    def choice(self, name: str, choices: tuple[T, ...]) -> T:
        """One of `choices`."""
        value = self.value(name)
        for one in choices:
            if value == one:
                return one
        raise self.error(name, f"{value!r} is not one of {', '.join(map(str, choices))}")

    def members(self) -> "dict[str, _Fields]":
        """The objects that this one is made of."""
        return {
            key: _Fields(self._raw[key], self._source, f"{self._path}{key}.") for key in self._raw
        }

    def objects(self, name: str) -> dict[str, "_Fields"]:
        """An object of objects, at least one."""
        value = self.value(name)
        if not isinstance(value, dict) or not value:
            raise self.error(name, f"{value!r} is not an object with a member for each Region")
        at = f"{self._path}{name}."
        return {key: _Fields(value[key], self._source, f"{at}{key}.") for key in value}

    def texts(self, name: str) -> dict[str, str]:
        """An object of texts; empty where there is none."""
        value = self._raw.get(name, {})
        if not isinstance(value, dict) or not all(isinstance(text, str) for text in value.values()):
            raise self.error(name, f"{value!r} is not an object of texts")
        return dict(value)
