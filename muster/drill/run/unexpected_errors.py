"""Errors as values: after any error in a drill, a bug included, the baseline is put back."""

import traceback
from collections.abc import Awaitable
from pathlib import Path
from typing import TypeVar

from muster.errors import MusterError

T = TypeVar("T")


async def result_or_error(work: Awaitable[T]) -> T | Exception:
    """The work's result, or its error, which the caller handles. A cancellation is raised."""
    try:
        return await work
    except Exception as exc:  # noqa: BLE001 - the one place where a drill takes any error
        return exc


def describe_error(error: Exception) -> str:
    """One line; for an error that is not the tool's, as `describe_unexpected_error`."""
    return str(error) if isinstance(error, MusterError) else describe_unexpected_error(error)


def describe_unexpected_error(error: Exception) -> str:
    """One line with the error's type and place: a bug."""
    frames = traceback.extract_tb(error.__traceback__)
    at = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"this should not happen: {type(error).__name__}{at}: {error}"
