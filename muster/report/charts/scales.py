"""Where things lie in a chart: its size, scales, ticks, and which texts have room.

Decides how values become positions, and which values get a tick. Also makes SVG elements as
markup: every text and every attribute is escaped.
"""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markupsafe import Markup, escape

Attribute = str | float | None


def element(name: str, /, *content: str | None, **attributes: Attribute) -> Markup:
    """One element; None leaves a child or an attribute out.

    Attribute names lose a closing `_` (`class_`), and other `_` become `-`. Numbers keep two
    decimals, which is enough for pixels.
    """
    head = "".join(_attribute(key, value) for key, value in attributes.items())
    return Markup(f"<{name}{head}>{join_markup(content)}</{name}>")  # noqa: S704 - escaped above


def join_markup(content: Iterable[str | None]) -> Markup:
    """The contents one after the other; plain text is escaped."""
    return Markup("").join(part for part in content if part is not None)


def format_number(value: float) -> str:
    """At most two decimals, without trailing zeros: `12`, `12.5`."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _attribute(key: str, value: Attribute) -> str:
    name = key.removesuffix("_").replace("_", "-")
    name = "viewBox" if name == "viewbox" else name
    if value is None:
        return ""
    return f' {name}="{escape(value if isinstance(value, str) else format_number(value))}"'


WIDTH = 1000.0
"""Of every chart, in units of its SVG; on a narrow page charts scroll sideways."""
PLOT_START = 58.0
PLOT_END = WIDTH - 14.0
LETTER = 7.0
"""Width of a letter at most, to tell which texts have room."""
_TIME_STEPS_S = (
    *(0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
    *(60 * m for m in (1, 2, 5, 10, 15, 30)),
    *(3600 * h for h in (1, 2, 3, 6, 12, 24, 48)),
)


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A stretch of time, in seconds of the run; never empty."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Scale:
    """Values to positions; a value beyond the ends lies on the end."""

    low: float
    high: float
    start: float
    end: float
    transform: Callable[[float], float] = float
    """`float` for a linear scale, `math.log10` for one with equal factors at equal distances."""

    def __call__(self, value: float) -> float:
        low, high = self.transform(self.low), self.transform(self.high)
        inside = self.transform(min(max(value, self.low), self.high))
        share = (inside - low) / (high - low) if high > low else 0.0
        return round(self.start + share * (self.end - self.start), 1)


def time_scale(span: TimeSpan) -> Scale:
    """Seconds of the run to horizontal positions."""
    return Scale(span.start_s, span.end_s, PLOT_START, PLOT_END)


def nice_step(length: float, about: int) -> float:
    """A step of 1, 2 or 5 times a power of ten, so that the length has at most `about` of them."""
    if length <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(length / about))
    steps = (power * factor for factor in (1, 2, 5, 10))
    return next((s for s in steps if length / s <= about * (1 + 1e-9)), power * 10)


def linear_ticks(high: float, about: int) -> tuple[float, ...]:
    """Round values from 0 to the first one at or above `high`."""
    step = nice_step(high, about)
    count = max(1, math.ceil(high / step - 1e-9))
    return tuple(round(step * n, 10) for n in range(count + 1))


def decade_ticks(low: float, high: float) -> tuple[float, ...]:
    """Powers of ten from the last one at or below `low` to the first one at or above `high`."""
    first, last = math.floor(math.log10(low) + 1e-9), math.ceil(math.log10(high) - 1e-9)
    return tuple(10.0**power for power in range(first, max(last, first + 1) + 1))


def time_ticks(span: TimeSpan, about: int) -> tuple[float, ...]:
    """At most `about` + 1 seconds of the run, at steps in which people count time."""
    wanted = span.length_s / about
    step_s = next((float(step) for step in _TIME_STEPS_S if step >= wanted), wanted)
    first, last = math.ceil(span.start_s / step_s - 1e-9), math.floor(span.end_s / step_s + 1e-9)
    return tuple(round(step_s * n, 6) for n in range(first, last + 1))


def truncate_text(text: str, room: float) -> str:
    """The text, shortened until it has room; empty if fewer than four letters would be left."""
    if len(text) * LETTER <= room:
        return text
    letters = int(room / LETTER) - 1
    return text[:letters].rstrip() + "…" if letters >= 4 else ""
