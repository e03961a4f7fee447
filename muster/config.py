"""The tool's settings: from flags, from the environment (MUSTER_*), from a file, in that order.

Decides which settings there are, what each may be, and which of several values counts. Each value
knows where it came from, so that an error can say so. Refuses to know what a setting is used for.

The file is `muster.yaml` in the folder that the tool is called in, or the one that `--config` or
MUSTER_CONFIG names. A path in it is meant from the file's own folder.
"""

import getpass
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from muster.errors import InvalidSetting
from muster.formatting import parse_duration_text

SETTINGS_FILE = "muster.yaml"
RUNS_FOLDER = ".muster"


class OriginLevel(IntEnum):
    """Where a value came from; the lower one counts."""

    FLAG = 0
    ENVIRONMENT = 1
    FILE = 2
    DEFAULT = 3


@dataclass(frozen=True, slots=True)
class SettingOrigin:
    """Where a value came from."""

    level: OriginLevel
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MusterSettings:
    """All settings, checked."""

    folder: Path
    """The folder that the tool was called in."""
    outputs: Path | None = None
    """JSON file of the stack's outputs."""
    stack: str | None = None
    """Pulumi stack whose outputs are asked for when there is no file."""
    endpoint_url: str | None = None
    """Where AWS's API is; None: AWS's own endpoints. A loopback address is a twin."""
    profile: str | None = None
    """Named profile of the AWS credentials."""
    by: str = ""
    """Who sets health switches; written into them."""
    timeout_s: float = 3.0
    """How long one reading of AWS's API may take before it counts as unanswered."""
    alarms: tuple[str, ...] = ()
    """CloudWatch alarms to watch, each as REGION:NAME."""
    vantages: tuple[str, ...] = ()
    """Where probes are sent from, each as NAME=ADDRESS."""
    replication_pause_templates: Mapping[str, str] = field(default_factory=dict)
    """Region -> id of the FIS experiment template that pauses its replication."""
    runs: Path
    """Folder for the records of drills."""
    scenarios: Path | None = None
    """Folder of your own scenarios; they win over shipped ones of the same name."""
    limits: Mapping[str, float] = field(default_factory=dict)
    """What drills may do at most; names and ranges are those of muster.drill.plan.limits."""
    origins: Mapping[str, SettingOrigin] = field(default_factory=dict)

    def origin(self, name: str) -> SettingOrigin:
        """Where a setting's value came from."""
        return self.origins.get(name, SettingOrigin(OriginLevel.DEFAULT, "the default"))


@dataclass(frozen=True, slots=True)
class _Kind:
    """How one setting is read. `parse` raises ValueError with the rule that is broken."""

    parse: Callable[[object], Any]
    variables: tuple[str, ...]
    is_path: bool = False
    flag: str = ""
    """The option, where it is not the name with hyphens."""


def read_settings(
    flags: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str],
    folder: Path,
) -> MusterSettings:
    """Every setting, from all places. `flags` has values by the settings' names; None is not set.

    Raises SettingWrong, naming the setting, where its value came from, and the rule.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    path, named = _file_path(given.pop("config", None), environ, folder)
    in_file = _read_file(path, named=named)
    checked: dict[str, Any] = {}
    origins: dict[str, SettingOrigin] = {}
    for name, kind in SETTING_KINDS.items():
        found = _first(name, kind, given, environ, (path, in_file))
        if found is None:
            continue
        raw, origin, base = found
        try:
            value = kind.parse(raw)
        except ValueError as exc:
            raise InvalidSetting(name, origin.words, raw, str(exc)) from exc
        checked[name] = (base or folder) / value if kind.is_path else value
        origins[name] = origin
    checked.setdefault("by", _somebody(environ))
    checked.setdefault("runs", folder / RUNS_FOLDER)
    return MusterSettings(folder=folder, origins=origins, **checked)


def _first(
    name: str,
    kind: _Kind,
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    file: tuple[Path, Mapping[str, object]],
) -> tuple[object, SettingOrigin, Path | None] | None:
    """The value that counts, where it came from, and the folder that its paths start at."""
    if name in flags:
        flag = kind.flag or f"--{name.replace('_', '-')}"
        return flags[name], SettingOrigin(OriginLevel.FLAG, flag), None
    for variable in kind.variables:
        if text := _variable(variable, environ):
            return text, SettingOrigin(OriginLevel.ENVIRONMENT, variable), None
    path, in_file = file
    if name in in_file:
        return in_file[name], SettingOrigin(OriginLevel.FILE, f"{path}, key {name}"), path.parent
    return None


def _variable(name: str, environ: Mapping[str, str]) -> str | None:
    # botocore's own switch for its own variable:
    # https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    ignored = environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true"
    return None if ignored and name == "AWS_ENDPOINT_URL" else environ.get(name)


def _file_path(
    flag: object, environ: Mapping[str, str], folder: Path
) -> tuple[Path, SettingOrigin | None]:
    """The file, and who named it (None: nobody, so it need not be there)."""
    if flag is not None:
        return folder / str(flag), SettingOrigin(OriginLevel.FLAG, "--config")
    if text := environ.get("MUSTER_CONFIG"):
        return folder / text, SettingOrigin(OriginLevel.ENVIRONMENT, "MUSTER_CONFIG")
    return folder / SETTINGS_FILE, None


def _read_file(path: Path, *, named: SettingOrigin | None) -> Mapping[str, object]:
    origin = named.words if named else "the folder's own file"
    try:
        text = path.read_text()
    except FileNotFoundError:
        if named is None:
            return {}
        raise InvalidSetting("config", origin, str(path), "a file that is there") from None
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidSetting("config", origin, str(path), f"a readable file ({exc})") from exc
    return _checked_names(path, origin, _parse_yaml(path, origin, text))


def _parse_yaml(path: Path, origin: str, text: str) -> object:
    import yaml  # noqa: PLC0415 - most calls have no file, and reading YAML costs 20 ms

    try:
        found: object = yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise InvalidSetting("config", origin, str(path), f"YAML ({exc})") from exc
    return found


def _checked_names(path: Path, origin: str, document: object) -> Mapping[str, object]:
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise InvalidSetting("config", origin, str(path), "a mapping of settings")
    for name in document:
        if name not in SETTING_KINDS:
            known = ", ".join(SETTING_KINDS)
            raise InvalidSetting(
                str(name), str(path), document[name], f"one of the settings {known}"
            )
    return document


def _somebody(environ: Mapping[str, str]) -> str:
    try:
        user = environ.get("USER") or getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        user = f"uid {os.getuid()}"
    return f"{user}@{socket.gethostname()}"


def _text(raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("a text")
    return raw


def _path(raw: object) -> Path:
    return Path(raw if isinstance(raw, Path) else _text(raw)).expanduser()


def _url(raw: object) -> str:
    text = _text(raw)
    if not _is_http_url(text):
        raise ValueError("an http:// or https:// address")
    return text.rstrip("/")


def _is_http_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that don't match, or a port that is no number
        return False


def _timeout(raw: object) -> float:
    length_s = parse_duration_text(str(raw))
    if not 0.1 <= length_s <= 60:
        raise ValueError("from 0.1 to 60 seconds")
    return length_s


def _list(raw: object, separator: str, rule: str) -> tuple[str, ...]:
    """A list of `LEFT<separator>RIGHT`; in one text they are parted by commas."""
    items = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise ValueError(rule)
    texts = tuple(item.strip() for item in items if item.strip())
    for text in texts:
        left, found, right = text.partition(separator)
        if not (left and found and right):
            raise ValueError(f"{rule}; {text!r} is not")
    return texts


def _alarms(raw: object) -> tuple[str, ...]:
    return _list(raw, ":", "a list of alarms, each as REGION:NAME")


def _vantages(raw: object) -> tuple[str, ...]:
    return _list(raw, "=", "a list of vantage points, each as NAME=ADDRESS")


def _templates(raw: object) -> Mapping[str, str]:
    rule = "Region=TEMPLATE for each Region"
    if isinstance(raw, dict):
        if not all(isinstance(key, str) and isinstance(raw[key], str) for key in raw):
            raise ValueError(rule)
        return dict(raw)
    return dict(text.split("=", 1) for text in _list(raw, "=", rule))


def _limits(raw: object) -> Mapping[str, float]:
    rule = "NAME=NUMBER for each limit"
    if not isinstance(raw, dict):
        raw = dict(text.split("=", 1) for text in _list(raw, "=", rule))
    try:
        return {str(name): float(value) for name, value in raw.items()}
    except (TypeError, ValueError):
        raise ValueError(rule) from None


SETTING_KINDS: Mapping[str, _Kind] = {
    "outputs": _Kind(_path, ("MUSTER_OUTPUTS",), is_path=True),
    "stack": _Kind(_text, ("MUSTER_STACK",)),
    "endpoint_url": _Kind(_url, ("MUSTER_ENDPOINT_URL", "AWS_ENDPOINT_URL")),
    "profile": _Kind(_text, ("MUSTER_PROFILE",)),
    "by": _Kind(_text, ("MUSTER_BY",)),
    "timeout_s": _Kind(_timeout, ("MUSTER_TIMEOUT_S",)),
    "alarms": _Kind(_alarms, ("MUSTER_ALARMS",)),
    "vantages": _Kind(_vantages, ("MUSTER_VANTAGES",), flag="--vantage"),
    "replication_pause_templates": _Kind(_templates, ("MUSTER_REPLICATION_PAUSE_TEMPLATES",)),
    "runs": _Kind(_path, ("MUSTER_RUNS",), is_path=True),
    "scenarios": _Kind(_path, ("MUSTER_SCENARIOS",), is_path=True),
    "limits": _Kind(_limits, ("MUSTER_LIMITS",)),
}
"""The settings by name; the name is also the key in the file."""
