"""How percentages, dials, rates, paths and the durations of scenarios are written."""

import pytest

from muster.parsers import (
    MAX_RATE,
    parse_count,
    parse_dials,
    parse_lifetime,
    parse_number,
    parse_path,
    parse_percent,
    parse_rate,
    parse_scenario_duration,
    parse_share,
)


@pytest.mark.parametrize(
    ("raw", "expected"), [("90s", 90), ("1m30s", 90), ("2h", 7200), (5, 5), (0.5, 0.5), ("7", 7)]
)
def test_a_duration_of_a_scenario(raw: object, expected: float) -> None:
    assert parse_scenario_duration(raw) == expected


@pytest.mark.parametrize("raw", ["soon", "-1s", "8d", True, None, 1e9, float("nan")])
def test_what_is_no_duration_of_a_scenario(raw: object) -> None:
    with pytest.raises(ValueError, match="length of time"):
        parse_scenario_duration(raw)


def test_what_ends_by_itself_lasts_a_second_or_more() -> None:
    assert parse_lifetime("1s") == 1
    for raw in ("0s", 0, "900ms"):
        with pytest.raises(ValueError, match="is less than 1 s; leave it out for no end"):
            parse_lifetime(raw)


@pytest.mark.parametrize(("raw", "expected"), [("25%", 25), ("25 %", 25), (0, 0), ("100", 100)])
def test_a_percentage(raw: object, expected: float) -> None:
    assert parse_percent(raw) == expected


@pytest.mark.parametrize("raw", [-1, 101, "many", "inf", True])
def test_no_percentage(raw: object) -> None:
    with pytest.raises(ValueError, match="not a percentage"):
        parse_percent(raw)


@pytest.mark.parametrize(("raw", "expected"), [(0.02, 0.02), ("2%", 0.02), ("0.5", 0.5), (1, 1)])
def test_a_share(raw: object, expected: float) -> None:
    assert parse_share(raw) == expected


@pytest.mark.parametrize("raw", [2, -0.1, "101%", "few", None, float("nan"), float("inf"), True])
def test_no_share(raw: object) -> None:
    with pytest.raises(ValueError, match="from 0 to 1"):
        parse_share(raw)


def test_a_count_is_not_below_0() -> None:
    assert parse_count("3") == 3
    for raw, message in ((-1, "is not a number from 0"), ("few", "is not a number")):
        with pytest.raises(ValueError, match=message):
            parse_count(raw)


@pytest.mark.parametrize(("raw", "expected"), [("20", 20.0), (0.5, 0.5), ("2000", MAX_RATE)])
def test_a_rate_of_probes(raw: object, expected: float) -> None:
    assert parse_rate(raw) == expected


@pytest.mark.parametrize("raw", ["0", "-1", "2001", "nan", "many", True, None])
def test_no_rate_of_probes(raw: object) -> None:
    with pytest.raises(ValueError, match="is not a number above 0 and at most 2000"):
        parse_rate(raw)


@pytest.mark.parametrize("raw", ["foo", "", "/a b", "/ä", "/a\n", None])
def test_a_path_begins_with_a_slash_and_is_visible_ascii(raw: object) -> None:
    assert parse_path("/get/foobar?a=%20") == "/get/foobar?a=%20"
    with pytest.raises(ValueError, match="is not a path of visible ASCII characters"):
        parse_path(raw)


def test_a_wrong_value_is_shown_in_short() -> None:
    with pytest.raises(ValueError, match=r"^'x{56}\.\.\. is not a number$"):
        parse_number("x" * 5000)


def test_dials_as_text_or_mapping() -> None:
    expected = {"eu-central-1": 30.0, "us-west-2": 70.0}

    assert parse_dials("eu-central-1=30, us-west-2=70%") == expected
    assert parse_dials({"eu-central-1": 30, "us-west-2": 70}) == expected


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ("eu-central-1", "names no dials"),
        ("eu-central-1=30,eu-central-1=40", "twice"),
        ("europe=30", "not a Region"),
        ("eu-central-1=300", "not a percentage"),
    ],
)
def test_no_dials(raw: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        parse_dials(raw)
