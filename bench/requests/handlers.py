"""Duration of each route's handler, compared with a bare one that makes the same table calls."""

from dataclasses import dataclass
from statistics import median

from bench.requests.function import run_as_function
from tests.e2e.checkout import Checkout

ROUNDS = 9
CALLS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteTiming:
    """Medians over all rounds, in microseconds."""

    route: str
    handler_us: float
    bare_us: float

    @property
    def ratio(self) -> float:
        return self.handler_us / self.bare_us


def measure_handlers(copy: Checkout) -> list[RouteTiming]:
    """Run bench.requests.handler_loop ROUNDS times."""
    rounds = [run_as_function(copy, "bench.requests.handler_loop", CALLS) for _ in range(ROUNDS)]
    return [
        RouteTiming(
            route=rows[0]["route"],
            handler_us=median(row["real_us"] for row in rows),
            bare_us=median(row["bare_us"] for row in rows),
        )
        for rows in zip(*rounds, strict=True)
    ]


def format_handlers_table(rows: list[RouteTiming]) -> str:
    """A Markdown table."""
    lines = ["| route | handler us | bare us | ratio |", "|---|---|---|---|"]
    for row in rows:
        lines.append(
            f"| `{row.route}` | {row.handler_us:.0f} | {row.bare_us:.0f} | {row.ratio:.2f} |"
        )
    return "\n".join(lines)
