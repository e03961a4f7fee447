"""Numbers: one text for each, their limits, and arithmetic without loss."""

from decimal import Context, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.twin.dynamodb.refusals import refused
from twin.core.tables.table_engine import TableApiError
from twin.dynamodb.errors import in_older_words
from twin.dynamodb.numbers import add_numbers, normalise_number, subtract_numbers

OVERFLOW = (
    "Number overflow. Attempting to store a number with magnitude larger than supported range"
)
UNDERFLOW = (
    "Number underflow. Attempting to store a number with magnitude smaller than supported range"
)
NOT_NUMERIC = "The parameter cannot be converted to a numeric value"

NUMBERS = st.builds(
    lambda sign, digits, exponent: f"{sign}{digits}e{exponent}",
    st.sampled_from(["", "-", "+"]),
    st.integers(0, 10**38 - 1),
    st.integers(-130, 88),
)


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("0", "0"),
        ("007", "7"),
        ("+3", "3"),
        ("-0", "0"),
        ("-0.0", "0"),
        ("0e5", "0"),
        ("0e125", "0"),
        ("1.10", "1.1"),
        ("100.000", "100"),
        ("1E+3", "1000"),
        ("1.0e-1", "0.1"),
        (".5", "0.5"),
        ("-.5", "-0.5"),
        ("5.", "5"),
        ("1e125", "1" + "0" * 125),
        ("1e-130", "0." + "0" * 129 + "1"),
        ("0.1e126", "1" + "0" * 125),
        ("1" * 38 + "e30", "1" * 38 + "0" * 30),
    ],
)
def test_a_number_has_one_normal_text(text: str, normal: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""
    assert normalise_number(text) == normal


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("1e126", OVERFLOW),
        ("-11e125", OVERFLOW),
        ("0e126", OVERFLOW),
        ("1e99999999999", OVERFLOW),
        ("1e9223372036854775807", OVERFLOW),
        ("1e-131", UNDERFLOW),
        ("0.9e-130", UNDERFLOW),
        ("0e-131", UNDERFLOW),
        ("1e-99999999999", UNDERFLOW),
        ("1e9223372036854775808", f"{NOT_NUMERIC}: 1e9223372036854775808"),
        ("1e" + "0" * 200, f"{NOT_NUMERIC}: 1e" + "0" * 200),
        ("", f"{NOT_NUMERIC}: "),
        ("dog", f"{NOT_NUMERIC}: dog"),
        ("NaN", f"{NOT_NUMERIC}: NaN"),
        ("Infinity", f"{NOT_NUMERIC}: Infinity"),
        (" 1", f"{NOT_NUMERIC}:  1"),
        ("1e", f"{NOT_NUMERIC}: 1e"),
        ("1.2.3", f"{NOT_NUMERIC}: 1.2.3"),
        ("٣", f"{NOT_NUMERIC}: ٣"),
        ("1" * 39, "Attempting to store more than 38 significant digits in a Number"),
        ("0." + "1" * 39, "Attempting to store more than 38 significant digits in a Number"),
    ],
)
def test_what_is_no_number_of_the_service_is_refused(text: str, message: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html"""
    with refused(message):
        normalise_number(text)


def test_the_older_words_for_an_empty_number_have_no_colon() -> None:
    with pytest.raises(TableApiError) as caught:
        normalise_number("")

    assert in_older_words(caught.value).message == NOT_NUMERIC


@given(NUMBERS)
def test_normal_numbers_keep_their_value_and_stay_as_they_are(text: str) -> None:
    try:
        normal = normalise_number(text)
    except TableApiError:
        assert not -130 <= Decimal(text).adjusted() <= 125
        return

    assert Decimal(normal) == Decimal(text)
    assert normalise_number(normal) == normal
    assert "e" not in normal.lower()


@given(NUMBERS, NUMBERS)
def test_sums_are_exact_or_refused(left: str, right: str) -> None:
    exact = Context(prec=400)
    for operation, total in (
        (add_numbers, exact.add(Decimal(left), Decimal(right))),
        (subtract_numbers, exact.subtract(Decimal(left), Decimal(right))),
    ):
        digits = len(total.normalize(exact).as_tuple().digits)
        fits = digits <= 38 and (not total or -130 <= total.adjusted() <= 125)
        try:
            result = operation(left, right)
        except TableApiError:
            assert not fits
        else:
            assert fits
            assert Decimal(result) == total


@pytest.mark.parametrize(("left", "right"), [("1e50", "1"), ("9e125", "9e125")])
def test_a_sum_that_no_number_can_hold_is_an_overflow(left: str, right: str) -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateItem.html"""
    with refused(OVERFLOW):
        add_numbers(left, right)


def test_a_difference_too_small_for_a_number_is_an_underflow() -> None:
    with refused(UNDERFLOW):
        subtract_numbers("1.23e-130", "1.22e-130")
