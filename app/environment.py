"""The function's environment variables, read once at import; an invalid one stops the start.

AWS_REGION       set by Lambda
TABLE            the table's name
CONTROL_TABLE    the control table's name
TABLE_BUDGET_S   seconds for all calls to the tables during one request
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.errors import EnvironmentInvalid


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionEnvironment:
    """The function's environment, checked."""

    region: str
    table: str
    control_table: str
    table_budget_s: float


def read_environment(environ: Mapping[str, str]) -> FunctionEnvironment:
    """Raises EnvironmentInvalid, which names the variable."""
    return FunctionEnvironment(
        region=_text(environ, "AWS_REGION"),
        table=_text(environ, "TABLE"),
        control_table=_text(environ, "CONTROL_TABLE"),
        table_budget_s=_seconds(environ, "TABLE_BUDGET_S"),
    )


def _text(environ: Mapping[str, str], name: str) -> str:
    text = environ.get(name, "")
    if not text:
        raise EnvironmentInvalid(f"{name} is not set")
    return text


def _seconds(environ: Mapping[str, str], name: str) -> float:
    text = _text(environ, name)
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 900:
        raise EnvironmentInvalid(f"{name} is '{text}'; seconds above 0, at most 900")
    return seconds
