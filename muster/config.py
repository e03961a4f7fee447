"""The tool's settings: from options, from the environment (MUSTER_*), from a file, in that order.

Decides which settings there are, what each may be, and which of several values counts. Each value
keeps its origin, for error messages.

The file is `muster.yaml` in the working folder, or the one of `--config` or MUSTER_CONFIG. Paths in
it are relative to its own folder.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path
from typing import Any

from common.command.durations import DURATION_RULE, parse_duration
from common.command.operator import operator_name
from common.command.wording import suggest_name
from muster.errors import InvalidSetting
from muster.limits import Limits, parse_limits
from muster.parsers import is_http_url
from muster.webhook_address import WebhookAddress, parse_webhooks

SETTINGS_FILE = "muster.yaml"
RUNS_FOLDER = ".muster"
HIDDEN = "***"
"""Shown in the place of a value that may be a secret."""


class OriginLevel(IntEnum):
    """Kinds of origins; the lower one takes precedence."""

    FLAG = 0
    ENVIRONMENT = 1
    FILE = 2
    DEFAULT = 3


@dataclass(frozen=True, slots=True)
class SettingOrigin:
    level: OriginLevel
    name: str
    """`--stack`, `MUSTER_STACK`, `muster.yaml, key stack` ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MusterSettings:
    folder: Path
    """The working folder of the tool."""
    outputs: Path | None = None
    """JSON file of the stack's outputs."""
    stack: str | None = None
    """Pulumi stack whose outputs are used without such a file."""
    endpoint_url: str | None = None
    """Endpoint of all AWS APIs; None: AWS's own endpoints. A loopback address is a twin."""
    profile: str | None = None
    """Named profile of the AWS credentials."""
    by: str = ""
    """Name of the operator, written into health switches."""
    timeout_s: float = 3.0
    """Time-out of a call that reads."""
    alarms: tuple[str, ...] = ()
    """CloudWatch alarms to watch, each as REGION:NAME."""
    vantages: tuple[str, ...] = ()
    """Vantage points of probes, each as NAME=ADDRESS."""
    resolvers: tuple[str, ...] = ()
    """Resolvers of vantage points, each as NAME=ADDRESS or NAME=ADDRESS:PORT."""
    ca_bundle: Path | None = None
    """PEM file of the certificates that probes of the DNS door trust; None: the system's."""
    replication_pause_templates: Mapping[str, str] = field(default_factory=dict)
    """Region -> id of the FIS experiment template that pauses its replication."""
    runs: Path
    """Folder of the records of drills."""
    scenarios: Path | None = None
    """Folder of the user's scenarios, which replace shipped ones of the same name."""
    webhooks: tuple[WebhookAddress, ...] = ()
    """Who is told about drills."""
    cloudwatch: bool = False
    """Whether metrics of drills are put into CloudWatch."""
    limits: Limits = field(default_factory=Limits)
    """Limits of drills and of changes by hand."""
    origins: Mapping[str, SettingOrigin] = field(default_factory=dict)

    def origin(self, name: str) -> SettingOrigin:
        return self.origins.get(name, SettingOrigin(OriginLevel.DEFAULT, "the default"))


@dataclass(frozen=True, slots=True)
class _SettingKind:
    """How to read one setting. `parse` raises ValueError with the rule for values."""

    parse: Callable[[object], Any]
    variables: tuple[str, ...]
    is_path: bool = False
    flag: str = ""
    """The option, if it is not the name with hyphens."""
    is_secret: bool = False
    """Whether errors show no value of it."""


def read_settings(
    flags: Mapping[str, object] | None = None,
    *,
    environ: Mapping[str, str],
    folder: Path,
) -> MusterSettings:
    """Read every setting. `flags` has the options' values by settings; None is not given.

    Raises InvalidSetting.
    """
    given = {name: value for name, value in (flags or {}).items() if value is not None}
    path, path_origin = _file_path(given.pop("config", None), environ, folder)
    in_file = _read_file(path, path_origin)
    checked: dict[str, Any] = {}
    origins: dict[str, SettingOrigin] = {}
    for name, kind in SETTING_KINDS.items():
        value = _find_value(name, kind, given, environ, (path, in_file))
        if value is None:
            continue
        raw, origin, base = value
        try:
            parsed = kind.parse(raw)
        except ValueError as exc:
            raise InvalidSetting(name, origin.name, _shown(kind, raw), str(exc)) from exc
        checked[name] = (base or folder) / parsed if kind.is_path else parsed
        origins[name] = origin
    if "limits" in checked:
        checked["limits"] = parse_limits(checked["limits"], origins["limits"].name)
    checked.setdefault("by", operator_name(environ))
    checked.setdefault("runs", folder / RUNS_FOLDER)
    return MusterSettings(folder=folder, origins=origins, **checked)


def _find_value(
    name: str,
    kind: _SettingKind,
    flags: Mapping[str, object],
    environ: Mapping[str, str],
    file: tuple[Path, Mapping[str, object]],
) -> tuple[object, SettingOrigin, Path | None] | None:
    """The value that takes precedence, its origin, and the folder of its relative paths."""
    if name in flags:
        flag = kind.flag or f"--{name.replace('_', '-')}"
        return flags[name], SettingOrigin(OriginLevel.FLAG, flag), None
    for variable in kind.variables:
        if text := _read_variable(variable, environ):
            return text, SettingOrigin(OriginLevel.ENVIRONMENT, variable), None
    path, in_file = file
    if name in in_file:
        return in_file[name], SettingOrigin(OriginLevel.FILE, f"{path}, key {name}"), path.parent
    return None


def _read_variable(name: str, environ: Mapping[str, str]) -> str | None:
    # botocore's own switch for its own variable:
    # https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html
    ignored = environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() == "true"
    return None if ignored and name == "AWS_ENDPOINT_URL" else environ.get(name)


def _file_path(
    flag: object, environ: Mapping[str, str], folder: Path
) -> tuple[Path, SettingOrigin | None]:
    """The settings file, and the origin of its name; None: the default, which may be missing."""
    if flag is not None:
        return folder / str(flag), SettingOrigin(OriginLevel.FLAG, "--config")
    if text := environ.get("MUSTER_CONFIG"):
        return folder / text, SettingOrigin(OriginLevel.ENVIRONMENT, "MUSTER_CONFIG")
    return folder / SETTINGS_FILE, None


def _read_file(path: Path, path_origin: SettingOrigin | None) -> Mapping[str, object]:
    origin = path_origin.name if path_origin else "the folder's own file"
    try:
        text = path.read_text()
    except FileNotFoundError:
        if path_origin is None:
            return {}
        raise InvalidSetting("config", origin, str(path), "a file that is there") from None
    except (OSError, UnicodeDecodeError) as exc:
        raise InvalidSetting("config", origin, str(path), f"a readable file ({exc})") from exc
    return _check_names(path, origin, _parse_yaml(path, origin, text))


def _parse_yaml(path: Path, origin: str, text: str) -> object:
    import yaml  # noqa: PLC0415 - most calls have no file, and reading YAML costs 20 ms

    try:
        document: object = yaml.safe_load(text)
    except yaml.YAMLError as exc:
        raise InvalidSetting("config", origin, str(path), f"YAML ({exc})") from exc
    return document


def _check_names(path: Path, origin: str, document: object) -> Mapping[str, object]:
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise InvalidSetting("config", origin, str(path), "a mapping of settings")
    for name in document:
        if name not in SETTING_KINDS:
            meant = suggest_name(str(name), SETTING_KINDS)
            rule = f"one of the settings {', '.join(SETTING_KINDS)}{meant}"
            raise InvalidSetting(str(name), str(path), document[name], rule)
    return document


def _parse_text(raw: object) -> str:
    if not isinstance(raw, str) or not raw.strip():
        raise ValueError("a text")
    return raw


def _shown(kind: _SettingKind, raw: object) -> object:
    """A wrong value for an error, without secrets: an address may have a user with a password."""
    if kind.is_secret:
        return HIDDEN
    return re.sub(r"//[^/]*@", f"//{HIDDEN}@", raw) if isinstance(raw, str) else raw


def _parse_flag(raw: object) -> bool:
    text = str(raw).lower()
    if text not in ("true", "false"):
        raise ValueError("true or false")
    return text == "true"


def _parse_path(raw: object) -> Path:
    return Path(raw if isinstance(raw, Path) else _parse_text(raw)).expanduser()


def _parse_url(raw: object) -> str:
    text = _parse_text(raw)
    if not is_http_url(text):
        raise ValueError(
            "an http:// or https:// address with a host, without user, blanks and query, and with a"
            " port up to 65535 if it has one"
        )
    return text.rstrip("/")


def _parse_timeout(raw: object) -> float:
    try:
        length_s = parse_duration(raw)
    except ValueError:
        raise ValueError(DURATION_RULE) from None
    if not 0.1 <= length_s <= 60:
        raise ValueError("from 0.1 to 60 seconds")
    return length_s


def _parse_pairs(raw: object, separator: str, rule: str) -> tuple[str, ...]:
    """A list of `LEFT<separator>RIGHT`, or one text of them with commas between."""
    items = raw.split(",") if isinstance(raw, str) else raw
    if not isinstance(items, list | tuple) or not all(isinstance(item, str) for item in items):
        raise ValueError(rule)
    texts = tuple(item.strip() for item in items if item.strip())
    for text in texts:
        left, mark, right = text.partition(separator)
        if not (left and mark and right):
            raise ValueError(f"{rule}; {text!r} is not")
    return texts


def _parse_alarms(raw: object) -> tuple[str, ...]:
    return _parse_pairs(raw, ":", "a list of alarms, each as REGION:NAME")


def _parse_vantages(raw: object) -> tuple[str, ...]:
    return _parse_pairs(raw, "=", "a list of vantage points, each as NAME=ADDRESS")


def _parse_resolvers(raw: object) -> tuple[str, ...]:
    return _parse_pairs(raw, "=", "a list of resolvers, each as NAME=ADDRESS or NAME=ADDRESS:PORT")


def _parse_templates(raw: object) -> Mapping[str, str]:
    rule = "Region=TEMPLATE for each Region"
    if isinstance(raw, dict):
        if not all(isinstance(key, str) and isinstance(raw[key], str) for key in raw):
            raise ValueError(rule)
        return dict(raw)
    return dict(text.split("=", 1) for text in _parse_pairs(raw, "=", rule))


def _parse_numbers(raw: object) -> Mapping[str, float]:
    rule = "NAME=NUMBER for each limit"
    if not isinstance(raw, dict):
        raw = dict(text.split("=", 1) for text in _parse_pairs(raw, "=", rule))
    try:
        return {str(name).strip(): float(value) for name, value in raw.items()}
    except (TypeError, ValueError):
        raise ValueError(rule) from None


SETTING_KINDS: Mapping[str, _SettingKind] = {
    "outputs": _SettingKind(_parse_path, ("MUSTER_OUTPUTS",), is_path=True),
    "stack": _SettingKind(_parse_text, ("MUSTER_STACK",)),
    "endpoint_url": _SettingKind(_parse_url, ("MUSTER_ENDPOINT_URL", "AWS_ENDPOINT_URL")),
    "profile": _SettingKind(_parse_text, ("MUSTER_PROFILE",)),
    "by": _SettingKind(_parse_text, ("MUSTER_BY",)),
    "timeout_s": _SettingKind(_parse_timeout, ("MUSTER_TIMEOUT_S",)),
    "alarms": _SettingKind(_parse_alarms, ("MUSTER_ALARMS",)),
    "vantages": _SettingKind(_parse_vantages, ("MUSTER_VANTAGES",), flag="--vantage"),
    "resolvers": _SettingKind(_parse_resolvers, ("MUSTER_RESOLVERS",)),
    "ca_bundle": _SettingKind(
        _parse_path, ("MUSTER_CA_BUNDLE", "AWS_CA_BUNDLE", "SSL_CERT_FILE"), is_path=True
    ),
    "replication_pause_templates": _SettingKind(
        _parse_templates, ("MUSTER_REPLICATION_PAUSE_TEMPLATES",)
    ),
    "runs": _SettingKind(_parse_path, ("MUSTER_RUNS",), is_path=True),
    "scenarios": _SettingKind(_parse_path, ("MUSTER_SCENARIOS",), is_path=True),
    "webhooks": _SettingKind(parse_webhooks, ("MUSTER_WEBHOOKS",), is_secret=True),
    "cloudwatch": _SettingKind(_parse_flag, ("MUSTER_CLOUDWATCH",)),
    "limits": _SettingKind(_parse_numbers, ("MUSTER_LIMITS",)),
}
"""The settings by name; the name is also the key in the file."""
