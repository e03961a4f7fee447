"""The pages' colours can be read: contrasts of at least WCAG AA, in light and in dark.

https://www.w3.org/TR/WCAG21/#contrast-minimum and https://www.w3.org/TR/WCAG21/#non-text-contrast
"""

import re
from pathlib import Path

import pytest

STYLE = (Path(__file__).resolve().parents[4] / "app/web/shared/style.css").read_text()
TEXT_PAIRS = [
    *((text, ground) for text in ("text", "muted") for ground in ("ground", "surface", "raised")),
    *(
        (text, ground)
        for text in ("accent", "signal", "good", "bad")
        for ground in ("ground", "surface")
    ),
    ("on-accent", "accent"),
    ("on-header", "header"),
    ("header", "on-header"),
]
SHAPE_PAIRS = [(shape, ground) for shape in ("edge", "focus") for ground in ("ground", "surface")]


def read_variables(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", css))


LIGHT = read_variables(STYLE.partition("@media (prefers-color-scheme: dark)")[0])
DARK = LIGHT | read_variables(STYLE.partition("@media (prefers-color-scheme: dark)")[2])
SCHEMES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG21/#dfn-relative-luminance"""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return sum(part * weight for part, weight in zip(linear, (0.2126, 0.7152, 0.0722), strict=True))


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@SCHEMES
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_text_can_be_read_on_its_ground(colours: dict[str, str], text: str, ground: str) -> None:
    assert contrast(colours[text], colours[ground]) >= 4.5


@SCHEMES
@pytest.mark.parametrize(("shape", "ground"), SHAPE_PAIRS)
def test_the_edge_of_a_control_can_be_seen(
    colours: dict[str, str], shape: str, ground: str
) -> None:
    assert contrast(colours[shape], colours[ground]) >= 3


def test_light_and_dark_have_colours_of_their_own() -> None:
    assert LIGHT["ground"] != DARK["ground"]
    assert LIGHT.keys() == DARK.keys()


def test_black_on_white_has_the_contrast_that_the_standard_gives() -> None:
    assert round(contrast("#000000", "#ffffff"), 2) == 21
