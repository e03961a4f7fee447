"""The function's environment variables, read once at import; an invalid one stops the start.

AWS_REGION       set by Lambda
SERVICES         names of the services, with commas between them
TABLE_NAME       for each service NAME, its table's name
NAME_SETTING     settings of the service NAME, which gets them as SETTING
CONTROL_TABLE    the control table's name
TABLE_BUDGET_S   seconds for all calls to the tables during one request
HEALTH_TABLES    services whose tables /health reads; `items` if it is not set
HSTS_MAX_AGE_S   seconds for which browsers insist on HTTPS; they are not told to if it is not set
CORS_ORIGINS     origins whose pages may read answers; all (`*`) if it is not set
LOG_SAMPLE_PERCENT
                 how many of a hundred answers below 400 are logged; all if it is not set
ENDPOINTS        the stack's front doors, JSON; {"regional": URL with {region} in it,
                 "regions": [names], "shared": [{"door": name, "url": URL}]}, each may be absent
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import EnvironmentInvalid

_NAME = re.compile(r"[a-z]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionEnvironment:
    """The function's environment, checked."""

    region: str
    services: tuple[str, ...]
    tables: Mapping[str, str]
    """By service."""
    settings: Mapping[str, Mapping[str, str]]
    """By service."""
    control_table: str
    table_budget_s: float
    health_tables: tuple[str, ...]
    """Services."""
    cors_origins: tuple[str, ...]
    hsts_max_age_s: int
    """0: no header."""
    log_sample_percent: int
    endpoints: Mapping[str, object]
    """{"regions": [{"region", "url"}], "shared": [{"door", "url"}]}."""


def read_environment(environ: Mapping[str, str]) -> FunctionEnvironment:
    """Raises EnvironmentInvalid, which names the variable."""
    services = _services(environ)
    return FunctionEnvironment(
        region=_text(environ, "AWS_REGION"),
        services=services,
        tables={name: _text(environ, f"TABLE_{name.upper()}") for name in services},
        settings={name: _settings(environ, name) for name in services},
        control_table=_text(environ, "CONTROL_TABLE"),
        table_budget_s=_seconds(environ, "TABLE_BUDGET_S"),
        health_tables=_health_tables(environ, services),
        cors_origins=_names(environ.get("CORS_ORIGINS", "*")),
        hsts_max_age_s=_whole_number(environ, "HSTS_MAX_AGE_S", 0, "whole seconds, 0 or more"),
        log_sample_percent=_percent(environ, "LOG_SAMPLE_PERCENT"),
        endpoints=_endpoints(environ),
    )


def _text(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "")
    if not text:
        raise EnvironmentInvalid(f"{name} is not set")
    return text


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())


def _services(environ: Mapping[str, str]) -> tuple[str, ...]:
    text = _text(environ, "SERVICES")
    names = _names(text)
    if not names or len(set(names)) < len(names) or not all(map(_NAME.fullmatch, names)):
        raise EnvironmentInvalid(f"SERVICES is '{text}'; names of services, each once")
    return names


def _settings(environ: Mapping[str, str], service: str) -> dict[str, str]:
    prefix = f"{service.upper()}_"
    return {
        name.removeprefix(prefix): text for name, text in environ.items() if name.startswith(prefix)
    }


def _health_tables(environ: Mapping[str, str], services: tuple[str, ...]) -> tuple[str, ...]:
    text = environ.get("HEALTH_TABLES", "items")
    names = _names(text)
    if unknown := [name for name in names if name not in services]:
        raise EnvironmentInvalid(
            f"HEALTH_TABLES is '{text}'; {', '.join(unknown)} is not among SERVICES"
        )
    return names


def _whole_number(environ: Mapping[str, str], name: str, default: int, rule: str) -> int:
    text = environ.get(name, str(default))
    if not text.isascii() or not text.isdigit():
        raise EnvironmentInvalid(f"{name} is '{text}'; {rule}")
    return int(text)


def _percent(environ: Mapping[str, str], name: str) -> int:
    rule = "a whole number from 0 to 100"
    percent = _whole_number(environ, name, 100, rule)
    if percent > 100:
        raise EnvironmentInvalid(f"{name} is '{percent}'; {rule}")
    return percent


def _seconds(environ: Mapping[str, str], name: str) -> float:
    text = _text(environ, name)
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 900:
        raise EnvironmentInvalid(f"{name} is '{text}'; seconds above 0, at most 900")
    return seconds


def _endpoints(environ: Mapping[str, str]) -> Mapping[str, object]:
    """Each Region with its URL, which the short variable has once for all."""
    text = environ.get("ENDPOINTS") or "{}"
    try:
        given: object = json.loads(text)
    except ValueError:
        given = None
    match given:
        case {"regional": str(url), "regions": [*names], **rest}:
            regions = [
                {"region": str(name), "url": url.replace("{region}", str(name))} for name in names
            ]
        case {**rest}:
            regions = []
        case _:
            raise EnvironmentInvalid(f"ENDPOINTS is '{text}'; a JSON object")
    return {"regions": regions, "shared": rest.get("shared", [])}
