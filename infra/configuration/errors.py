"""Errors of a stack's configuration; one error lists all problems."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, slots=True)
class ConfigurationProblem:
    """One invalid value, with its key and the rule that it breaks."""

    key: str
    value: str
    """As configured; empty if the key is not set."""
    rule: str

    def __str__(self) -> str:
        given = f" = {self.value}" if self.value else ""
        return f"{self.key}{given}: {self.rule}"


class InvalidStackConfiguration(Exception):
    """The configuration breaks rules; the message has a line for each problem."""

    def __init__(self, stack: str, problems: Sequence[ConfigurationProblem]) -> None:
        lines = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(
            f"the configuration of stack '{stack}' is wrong:{lines}\n"
            f"Change Pulumi.{stack}.yaml, or use `pulumi config set`; Pulumi.yaml has each key's"
            " meaning."
        )
        self.problems = tuple(problems)


class TooFewZones(pulumi.RunError):
    """A Region has fewer than the two zones that a load balancer needs.

    Pulumi shows a RunError without a traceback.
    """

    def __init__(self, region: str, found: Sequence[str]) -> None:
        names = ", ".join(found) or "none"
        super().__init__(
            f"{region} offers fewer than two availability zones (found: {names}); name two in"
            " muster:availability_zones, or take another Region"
        )


class ZonesUnreadable(pulumi.RunError):
    """AWS could not be asked for a Region's zones."""

    def __init__(self, region: str, cause: Exception) -> None:
        # The text before it names Pulumi's own call, not the cause.
        reason = str(cause).rpartition("returned an error: ")[2]
        super().__init__(
            f"{region}: can't ask AWS for its availability zones ({reason}); if the Region is down "
            "and was deployed before, name it in muster:unreachable_regions, and it is not asked"
        )


class ZonesWithoutAccelerator(pulumi.RunError):
    """Zones were configured that Global Accelerator can't reach, or that the account lacks."""

    def __init__(self, region: str, zones: Sequence[str], usable: Sequence[str]) -> None:
        super().__init__(
            f"muster:availability_zones: {region}: Global Accelerator has no endpoints in "
            f"{', '.join(zones)} of this account; take two of {', '.join(usable)}"
        )
