"""Duration of the operator's commands, compared with one call of the same API by aws-cli."""

import time
from dataclasses import dataclass
from statistics import median

from tests.e2e.checkout import Checkout

ROUNDS = 7
PEER = "aws globalaccelerator list-accelerators --region us-west-2"
COMMANDS = (
    PEER,
    "muster status",
    "muster drill plan evacuate --region us-west-2",
    "muster fault list",
    "muster drill history",
    "twin status",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTiming:
    """Durations of one command, in seconds."""

    command: str
    median_s: float
    best_s: float
    worst_s: float


def measure_commands(copy: Checkout) -> list[CommandTiming]:
    """Run every command once unmeasured, then all of them in ROUNDS rounds."""
    times: dict[str, list[float]] = {command: [] for command in COMMANDS}
    for number in range(ROUNDS + 1):
        for command, durations in times.items():
            started = time.perf_counter()
            copy.run_in_shell(f"{command} > /dev/null").ok()
            if number:
                durations.append(time.perf_counter() - started)
    return [
        CommandTiming(
            command=command,
            median_s=median(durations),
            best_s=min(durations),
            worst_s=max(durations),
        )
        for command, durations in times.items()
    ]


def format_commands_table(rows: list[CommandTiming]) -> str:
    """A Markdown table; the ratio is to aws-cli's call."""
    lines = ["| command | median s | best s | worst s | median ratio |", "|---|---|---|---|---|"]
    for row in rows:
        lines.append(
            f"| `{row.command}` | {row.median_s:.2f} | {row.best_s:.2f} | {row.worst_s:.2f} "
            f"| {row.median_s / rows[0].median_s:.2f} |"
        )
    return "\n".join(lines)
