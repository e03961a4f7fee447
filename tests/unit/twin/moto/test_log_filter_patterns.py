"""Filter patterns of CloudWatch Logs."""

import pytest

from twin.moto.log_filter_patterns import FilterPattern, check_filter_pattern

MESSAGES = ("ERROR disk 404", "WARN disk full", "INFO all is well")


@pytest.mark.parametrize(
    ("pattern", "matching"),
    [
        ("", "EWI"),
        (" ", "EWI"),
        ("disk", "EW"),
        ("disk 404", "E"),
        ("404", "E"),
        ("error", ""),
        ('"disk full"', "W"),
        ('"disk" "404"', "E"),
        ("disk -404", "W"),
        ("-disk", "I"),
        ("?ERROR ?WARN", "EW"),
        ("?ERROR disk", "EW"),
    ],
)
def test_terms_select_messages(pattern: str, matching: str) -> None:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html"""
    found = FilterPattern(pattern)

    assert "".join(message[0] for message in MESSAGES if found.matches(message)) == matching


@pytest.mark.parametrize("pattern", ['{ $.level = "ERROR" }', "[ip, user]", "%ERR.*%"])
def test_other_kinds_are_refused_rather_than_ignored(pattern: str) -> None:
    with pytest.raises(ValueError, match="filter patterns"):
        check_filter_pattern(pattern, ValueError)


def test_terms_are_not_refused() -> None:
    check_filter_pattern('ERROR -"a {b}" ?c', ValueError)
