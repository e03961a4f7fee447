"""Where things lie in a chart: layouts, scales, ticks.

Decides the sizes of the two layouts, how values become positions, and which values get a tick.
Pure numbers; knows nothing of SVG.
"""

import math
from dataclasses import dataclass

from muster.formatting import format_duration, format_precise_duration


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartLayout:
    """One size of all charts, so that they share their time axis. Units are SVG's."""

    name: str
    width: float
    left: float
    right: float
    letter: float = 7.0
    """Width of a letter at most, to tell what fits."""

    @property
    def plot_end(self) -> float:
        """Where the plot ends on the right."""
        return self.width - self.right


WIDE = ChartLayout(name="wide", width=1000, left=58, right=14)
NARROW = ChartLayout(name="narrow", width=340, left=50, right=8)
LAYOUTS = (WIDE, NARROW)


@dataclass(frozen=True, slots=True)
class TimeSpan:
    """A stretch of time, in seconds of the run; never empty."""

    start_s: float
    end_s: float

    @property
    def length_s(self) -> float:
        """Seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Scale:
    """Values to positions, linear; a value beyond the ends lies on the end."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The position."""
        inside = min(max(value, self.low), self.high)
        share = (inside - self.low) / (self.high - self.low) if self.high > self.low else 0.0
        return round(self.start + share * (self.end - self.start), 1)


@dataclass(frozen=True, slots=True)
class LogScale:
    """The same with equal factors at equal distances; `low` is above 0."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The position."""
        inside = min(max(value, self.low), self.high)
        share = math.log(inside / self.low) / math.log(self.high / self.low)
        return round(self.start + share * (self.end - self.start), 1)


AnyScale = Scale | LogScale
_TIME_STEPS_S = (
    *(0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30),
    *(60 * m for m in (1, 2, 5, 10, 15, 30)),
    *(3600 * h for h in (1, 2, 3, 6, 12, 24, 48)),
)


def time_scale(layout: ChartLayout, span: TimeSpan) -> Scale:
    """Seconds of the run to positions."""
    return Scale(span.start_s, span.end_s, layout.left, layout.plot_end)


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


def time_step_s(span: TimeSpan, about: int) -> float:
    """A length that people count time in, so that the span has at most `about` of them."""
    wanted = span.length_s / about
    return next((float(step) for step in _TIME_STEPS_S if step >= wanted), wanted)


def time_ticks(span: TimeSpan, about: int) -> tuple[float, ...]:
    """Round seconds of the run within the span."""
    step_s = time_step_s(span, about)
    first, last = math.ceil(span.start_s / step_s - 1e-9), math.floor(span.end_s / step_s + 1e-9)
    return tuple(round(step_s * n, 6) for n in range(first, last + 1))


def format_clock(second: float) -> str:
    """A second of the run, as `1:05`, `1:02:03`, and `0:07.5` where it is not whole."""
    sign, tenths = ("-", -second) if second < 0 else ("", second)
    tenths = round(tenths * 10)
    whole, rest = divmod(tenths, 10)
    minutes, seconds = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    part = f".{rest}" if rest else ""
    if hours:
        return f"{sign}{hours}:{minutes:02}:{seconds:02}{part}"
    return f"{sign}{minutes}:{seconds:02}{part}"


def format_seconds(value: float) -> str:
    """A latency or lag: `0.8 ms`, `48 ms`, `1.2 s`, and longer ones as durations are said."""
    if value == 0:
        return "0"
    return format_precise_duration(value) if value < 1 else format_duration(value)


def format_axis_seconds(value: float) -> str:
    """A length on an axis, where room is short: `50 ms`, `100 s`, `20 min`, `3 h`."""
    if value < 1:
        return format_seconds(value)
    unit, name = next(((u, n) for u, n in ((3600, "h"), (60, "min")) if value >= 10 * u), (1, "s"))
    return f"{value / unit:.3g} {name}"


def format_axis_count(value: float) -> str:
    """A figure on an axis: `0`, `2.5`, `1,200`."""
    return f"{value:,.0f}" if value >= 100 or value == round(value) else f"{value:.3g}"


def fits_space(text: str, layout: ChartLayout, space: float) -> bool:
    """Whether a text has room."""
    return len(text) * layout.letter <= space


def truncate_text(text: str, layout: ChartLayout, space: float) -> str:
    """The text, shortened until it has room; empty if nothing of use would be left."""
    if fits_space(text, layout, space):
        return text
    letters = int(space / layout.letter) - 1
    return text[:letters].rstrip() + "…" if letters >= 4 else ""
