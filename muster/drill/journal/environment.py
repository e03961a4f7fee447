"""environment.json: the versions, the target and the stack's outputs of a run.

Written when the run begins, since stack and machine may have changed when its report is made.
"""

import importlib.metadata
import platform
from collections.abc import Callable
from dataclasses import dataclass, field

from muster.model import Stack

ENVIRONMENT_FILE = "environment.json"
PACKAGES = ("boto3", "botocore", "click", "rich")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnvironment:
    target: str
    """In words: AWS or which twin, and the account."""
    kind: str
    """`aws` or `twin`."""
    account: str
    endpoint_url: str | None = None
    python: str
    system: str
    packages: dict[str, str] = field(default_factory=dict)
    """Versions by package."""
    stack: Stack


def describe_environment(
    stack: Stack,
    *,
    target: str,
    kind: str,
    endpoint_url: str | None,
    version: Callable[[str], str] = importlib.metadata.version,
) -> RunEnvironment:
    """The environment of this process."""
    return RunEnvironment(
        target=target,
        kind=kind,
        account=stack.account,
        endpoint_url=endpoint_url,
        python=platform.python_version(),
        system=f"{platform.system()} {platform.release()} {platform.machine()}",
        packages={name: _version(name, version) for name in PACKAGES},
        stack=stack,
    )


def _version(name: str, version: Callable[[str], str]) -> str:
    try:
        return version(name)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"
