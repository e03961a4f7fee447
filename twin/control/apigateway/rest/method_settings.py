"""Settings of methods in a stage: throttling, metrics, logs.

Their patch paths are `/RESOURCE/METHOD/GROUP/SETTING`; a resource's path has `~1` for its slashes,
or the slashes themselves, and `*/*` stands for all methods.
https://docs.aws.amazon.com/apigateway/latest/api/API_MethodSetting.html
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from twin.control.apigateway.entries import put, without
from twin.control.apigateway.errors import bad_request, unserved
from twin.control.apigateway.rest.methods import HTTP_METHODS
from twin.control.apigateway.rest.model import MethodSettings, RestStage
from twin.control.apigateway.rest.patches import Patch
from twin.core.apigateway.throttle import ACCOUNT_BURST, ACCOUNT_RATE_PER_S

EVERY_METHOD = "*/*"
_LEVELS = ("OFF", "ERROR", "INFO")


def change_settings(stage: RestStage, given: Mapping[str, Any]) -> RestStage | None:
    """The stage after an operation on a method's settings; None for other paths.

    Raises CallRefused.
    """
    op, path = str(given.get("op") or ""), str(given.get("path") or "")
    parts = path.removeprefix("/").split("/")
    if op == "remove" and _is_method(parts):
        return replace(stage, settings=without(stage.settings, _existing(stage, parts)))
    change = _SETTINGS.get("/".join(parts[-2:]))
    if change is None or not _is_method(parts[:-2]):
        return None
    if op != "replace":
        raise bad_request("Invalid patch operation specified. Must be one of: [replace]")
    key = "/".join(parts[:-2])
    patch = Patch(op=op, names=(), value=str(given.get("value") or ""))
    changed = change(stage.settings.get(key, MethodSettings()), patch)
    return replace(stage, settings=put(stage.settings, key, changed))


def _existing(stage: RestStage, parts: list[str]) -> str:
    """The key of settings that are there. Raises CallRefused."""
    key = "/".join(parts)
    if key not in stage.settings:
        raise bad_request(
            f"Cannot remove method setting {key} because there is no method setting for this method"
        )
    return key


def find_settings(
    settings: Mapping[str, MethodSettings], path: str, method: str
) -> MethodSettings | None:
    """The settings of one method; None where only those of all methods hold."""
    wanted = (path.strip("/"), method)
    return next((one for key, one in settings.items() if _read_key(key) == wanted), None)


def _read_key(key: str) -> tuple[str, str]:
    """(path of the resource without outer slashes, method)."""
    resource, _, method = key.rpartition("/")
    return resource.replace("~1", "/").replace("~0", "~").strip("/"), method


def _is_method(parts: list[str]) -> bool:
    return len(parts) >= 2 and parts[-1] in (*HTTP_METHODS, "*")


def _set_level(settings: MethodSettings, patch: Patch) -> MethodSettings:
    if patch.value not in _LEVELS:
        raise bad_request(f"Invalid logging level. Must be one of: [{', '.join(_LEVELS)}]")
    return replace(settings, logging_level=patch.value)


def _set_burst(settings: MethodSettings, patch: Patch) -> MethodSettings:
    return replace(settings, burst=int(patch.number("throttling burst limit", -1, ACCOUNT_BURST)))


def _set_rate(settings: MethodSettings, patch: Patch) -> MethodSettings:
    rate = patch.number("throttling rate limit", -1, ACCOUNT_RATE_PER_S)
    return replace(settings, rate_per_s=rate)


def _keep_cache_off(settings: MethodSettings, patch: Patch) -> MethodSettings:
    if patch.flag:
        raise unserved("caches of stages (caching/enabled)")
    return settings


_SETTINGS: dict[str, Callable[[MethodSettings, Patch], MethodSettings]] = {
    "metrics/enabled": lambda settings, patch: replace(settings, metrics=patch.flag),
    "logging/loglevel": _set_level,
    "logging/dataTrace": lambda settings, patch: replace(settings, data_trace=patch.flag),
    "throttling/burstLimit": _set_burst,
    "throttling/rateLimit": _set_rate,
    "caching/enabled": _keep_cache_off,
    # Without a cache these make no difference.
    "caching/ttlInSeconds": lambda settings, _: settings,
    "caching/dataEncrypted": lambda settings, _: settings,
    "caching/requireAuthorizationForCacheControl": lambda settings, _: settings,
    "caching/unauthorizedCacheControlHeaderStrategy": lambda settings, _: settings,
}
