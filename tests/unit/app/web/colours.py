"""Colours of style sheets, and their contrast.

https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
"""

import re
from pathlib import Path

WEB = Path(__file__).resolve().parents[4] / "app" / "web"
_DARK = "@media (prefers-color-scheme: dark)"


def read_schemes(file: str) -> tuple[dict[str, str], dict[str, str]]:
    """The colours by variable of a style sheet, in light and in dark."""
    light, _, dark = (WEB / file).read_text().partition(_DARK)
    return _read_variables(light), _read_variables(light) | _read_variables(dark)


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _read_variables(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z0-9-]+): (#[0-9a-f]{6});", css))


def _luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG21/#dfn-relative-luminance"""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))
