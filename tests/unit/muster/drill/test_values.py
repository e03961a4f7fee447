"""How durations, percentages and dials are written."""

import pytest

from muster.drill import values


@pytest.mark.parametrize(
    ("raw", "expected"), [("90s", 90), ("1m30s", 90), ("2h", 7200), (5, 5), (0.5, 0.5), ("7", 7)]
)
def test_a_length_of_time(raw: object, expected: float) -> None:
    assert values.seconds(raw) == expected


@pytest.mark.parametrize("raw", ["soon", "-1s", "8d", True, None, 1e9, float("nan")])
def test_no_length_of_time(raw: object) -> None:
    with pytest.raises(ValueError, match="length of time"):
        values.seconds(raw)


@pytest.mark.parametrize(("raw", "expected"), [("25%", 25), ("25 %", 25), (0, 0), ("100", 100)])
def test_a_percentage(raw: object, expected: float) -> None:
    assert values.percent(raw) == expected


@pytest.mark.parametrize("raw", [-1, 101, "many", "inf", True])
def test_no_percentage(raw: object) -> None:
    with pytest.raises(ValueError, match="no percentage"):
        values.percent(raw)


def test_dials_as_text_or_mapping() -> None:
    expected = {"eu-central-1": 30.0, "us-west-2": 70.0}

    assert values.dials("eu-central-1=30, us-west-2=70%") == expected
    assert values.dials({"eu-central-1": 30, "us-west-2": 70}) == expected


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("eu-central-1", "names no dials"),
        ("eu-central-1=30,eu-central-1=40", "twice"),
        ("europe=30", "no Region"),
        ("eu-central-1=300", "no percentage"),
    ],
)
def test_no_dials(raw: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        values.dials(raw)
