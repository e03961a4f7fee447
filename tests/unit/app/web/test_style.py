"""The pages' colours can be read: contrasts of at least WCAG AA, in light and in dark.

https://www.w3.org/TR/WCAG21/#contrast-minimum and https://www.w3.org/TR/WCAG21/#non-text-contrast
"""

import pytest

from tests.unit.app.web.colours import contrast, read_schemes

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

LIGHT, DARK = read_schemes("shared/style.css")
SCHEMES = pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])


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


TINTED = list(zip(read_schemes("workshop/workshop.css"), (LIGHT, DARK), strict=True))


@pytest.mark.parametrize(("tints", "colours"), TINTED, ids=["light", "dark"])
@pytest.mark.parametrize("number", range(8))
def test_text_can_be_read_on_the_colours_of_the_workshop(
    tints: dict[str, str], colours: dict[str, str], number: int
) -> None:
    for text in ("text", "bad"):
        assert contrast(colours[text], tints[f"tint-{number}"]) >= 4.5
