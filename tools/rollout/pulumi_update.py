"""Updates a Region, or the whole stack, by `pulumi up`."""

import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from tools.rollout.rollout import RolloutStopped

UNREACHABLE_VARIABLE = "MUSTER_UNREACHABLE_REGIONS"
"""Regions that the program must not ask, separated by commas (infra/configuration/rules.py)."""

RunCommand = Callable[[Sequence[str], Mapping[str, str]], int]
"""(command, environment) -> exit code. Raises FileNotFoundError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulumiUpdate:
    """Updates what it is given of one stack."""

    stack: str
    skipped: Sequence[str]
    """Regions that are down."""
    environ: Mapping[str, str]
    run: RunCommand

    def __call__(self, region: str | None) -> None:
        """Update a Region, or (None) the whole stack. Raises RolloutStopped."""
        command = pulumi_command(self.stack, region)
        try:
            code = self.run(command, self._environment())
        except FileNotFoundError:
            raise RolloutStopped("there is no pulumi on PATH; `make up` makes one") from None
        if code:
            raise RolloutStopped(f"`{' '.join(command)}` ends with {code}")

    def _environment(self) -> dict[str, str]:
        if not self.skipped:
            return dict(self.environ)
        return {**self.environ, UNREACHABLE_VARIABLE: ",".join(self.skipped)}


def target_pattern(region: str) -> str:
    """The Region's own resources, whose names all begin with it; `**` is any part of a URN.

    https://www.pulumi.com/docs/iac/operations/stack-management/targeted-updates/
    """
    return f"**::{region}-*"


def pulumi_command(stack: str, region: str | None) -> list[str]:
    """The update of one Region, or of everything.

    With its preview, in which Pulumi refuses to delete what is protected before anything is done.
    """
    command = ["pulumi", "up", "--stack", stack, "--yes", "--non-interactive"]
    return command if region is None else [*command, "--target", target_pattern(region)]


def run_attended(command: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run it with this process's output. Raises FileNotFoundError."""
    done = subprocess.run(command, env=dict(environ), stdin=subprocess.DEVNULL, check=False)
    return done.returncode
