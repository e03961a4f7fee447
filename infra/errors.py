"""What is wrong with a stack's configuration, all of it at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi


@dataclass(frozen=True, slots=True)
class ConfigurationProblem:
    """One wrong value: where it stands, what it is, which rule it breaks."""

    key: str
    value: str
    """As it was given; empty where there is none."""
    rule: str

    def __str__(self) -> str:
        """One line for a person."""
        given = f" = {self.value}" if self.value else ""
        return f"{self.key}{given}: {self.rule}"


class ConfigurationWrong(Exception):
    """The configuration breaks rules; the message has a line for each."""

    def __init__(self, stack: str, problems: Sequence[ConfigurationProblem]) -> None:
        """Name the stack, whose file is to be changed, and each problem."""
        lines = "".join(f"\n  {problem}" for problem in problems)
        super().__init__(
            f"the configuration of stack '{stack}' is wrong:{lines}\n"
            f"Change Pulumi.{stack}.yaml, or use `pulumi config set`; Pulumi.yaml has each key's"
            " meaning."
        )
        self.problems = tuple(problems)


class ZonesLacking(pulumi.RunError):
    """A Region has fewer than the two zones that a load balancer needs. Pulumi shows it alone."""

    def __init__(self, region: str, found: Sequence[str]) -> None:
        """Name the Region, what was found, and the way out."""
        names = ", ".join(found) or "none"
        super().__init__(
            f"{region} offers fewer than two availability zones (found: {names}); name two in"
            " muster:availability_zones, or take another Region"
        )


class ZonesUnknown(pulumi.RunError):
    """AWS did not say which zones a Region has. Pulumi shows it alone, without a traceback."""

    def __init__(self, region: str, cause: Exception) -> None:
        """Name the Region, AWS's own words, and the way out."""
        # What Pulumi puts before them names its own call, not the cause.
        said = str(cause).rpartition("returned an error: ")[2]
        super().__init__(
            f"{region}: can't ask AWS for its availability zones ({said}); with two of them in "
            "muster:availability_zones it is not asked"
        )
