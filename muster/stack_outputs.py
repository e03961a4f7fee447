"""Read the stack's outputs, and check them field by field.

They come from the file of a setting, else the Pulumi stack of a setting, else `.twin/outputs.json`
in the working folder, else the folder's selected Pulumi stack. Makes no call of AWS.
"""

import json
import subprocess
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from pathlib import Path

from muster.config import MusterSettings
from muster.errors import InvalidStackOutputs, UnknownRegion
from muster.model import RegionOutputs, Stack

TWIN_OUTPUTS = Path(".twin/outputs.json")
PULUMI_TIMEOUT_S = 120.0

RunPulumi = Callable[[list[str], Path], str]
"""(command, folder) -> its standard output. Raises InvalidStackOutputs."""


def load_stack(settings: MusterSettings, run: RunPulumi | None = None) -> Stack:
    """The stack of the settings. Raises InvalidStackOutputs."""
    file = _find_file(settings)
    if file is not None:
        return _read_file(file)
    command = ["pulumi", "stack", "output", "--json", "--non-interactive"]
    command += ["--stack", settings.stack] if settings.stack else []
    return parse_outputs((run or run_pulumi)(command, settings.folder), " ".join(command[:3]))


def find_region(stack: Stack, name: str) -> RegionOutputs:
    """A Region of the stack. Raises UnknownRegion."""
    if name not in stack.regions:
        raise UnknownRegion(name, ", ".join(stack.regions))
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
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidStackOutputs(str(path), str(exc)) from exc
    return parse_outputs(text, str(path))


def run_pulumi(command: list[str], folder: Path) -> str:
    """Run Pulumi. Raises InvalidStackOutputs with its error output."""
    source = f"`{' '.join(command)}` in {folder}"
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PULUMI_TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError:
        raise InvalidStackOutputs(
            source, "there is no pulumi on PATH; name a file of the outputs (--outputs FILE)"
        ) from None
    except subprocess.TimeoutExpired:
        raise InvalidStackOutputs(source, f"no answer within {PULUMI_TIMEOUT_S:.0f} s") from None
    if done.returncode != 0:
        error = " ".join((done.stderr or done.stdout).split()) or f"exit code {done.returncode}"
        raise InvalidStackOutputs(source, f"{error}; name a stack (--stack) or a file (--outputs)")
    return done.stdout


def parse_outputs(text: str, source: str) -> Stack:
    """Parse outputs in JSON. Raises InvalidStackOutputs naming the field."""
    try:
        document = json.loads(text)
    except ValueError as exc:
        raise InvalidStackOutputs(source, f"not JSON: {exc}") from exc
    outputs = _Fields(document, source)
    regions = {name: _region(name, fields) for name, fields in outputs.objects("regions").items()}
    home = outputs.text("home_region")
    if home not in regions:
        raise outputs.error("home_region", f"{home} is not among regions: {', '.join(regions)}")
    return Stack(
        static_ips=_addresses(outputs),
        accelerator_dns=outputs.text("accelerator_dns"),
        accelerator_arn=outputs.arn("accelerator_arn", "globalaccelerator"),
        url=outputs.text("url"),
        regions=regions,
        table=outputs.text("table"),
        control_table=outputs.text("control_table"),
        home_region=home,
        replication_pause_templates=outputs.texts("replication_pause_templates"),
        source=source,
    )


def _region(name: str, fields: "_Fields") -> RegionOutputs:
    return RegionOutputs(
        region=name,
        alb_dns=fields.text("alb_dns"),
        alb_arn=fields.arn("alb_arn", "elasticloadbalancing"),
        endpoint_group_arn=fields.arn("endpoint_group_arn", "globalaccelerator"),
        target_group_arn=fields.arn("target_group_arn", "elasticloadbalancing"),
        function_name=fields.text("function_name"),
        declared_dial=fields.percent("declared_dial"),
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

    def percent(self, name: str) -> float:
        value = self.value(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 100:
            raise self.error(name, f"{value!r} is not a number from 0 to 100")
        return float(value)

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
