"""How lengths of time are written."""

import pytest

from common.command.durations import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("2.5", 2.5),
        ("30s", 30),
        ("10m", 600),
        ("1h30m", 5400),
        ("250ms", 0.25),
        (" 1M ", 60),
    ],
)
def test_a_duration_is_in_seconds(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "soon", "-3", "10 minutes", "3d", "1e9", "nan", "inf"])
def test_text_that_is_no_duration_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="a length of time"):
        parse_duration(text)


@pytest.mark.parametrize(("raw", "seconds"), [(5, 5.0), (0.5, 0.5)])
def test_a_number_is_seconds(raw: float, seconds: float) -> None:
    assert parse_duration(raw) == seconds


@pytest.mark.parametrize("raw", [True, None, 10**400, float("nan"), float("inf")])
def test_what_is_no_text_and_no_finite_number_is_refused(raw: object) -> None:
    with pytest.raises(ValueError, match="a length of time"):
        parse_duration(raw)
