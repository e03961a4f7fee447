"""The index of emulated behaviour says what the tests say."""

from tools import aws_behaviour


def test_the_index_of_the_page_is_that_of_the_tests() -> None:
    page = aws_behaviour.PAGE.read_text()

    fresh = aws_behaviour.with_index(
        page, aws_behaviour.index(aws_behaviour.rules(aws_behaviour.ROOT))
    )

    assert page == fresh, "run: python -m tools.aws_behaviour"


def test_every_rule_cites_a_page_and_names_a_test_that_exists() -> None:
    found = aws_behaviour.rules(aws_behaviour.ROOT)

    assert len(found) > 200
    for rule in found:
        file = rule.test.split("::")[0]
        assert (aws_behaviour.ROOT / file).is_file()
        assert rule.source.startswith("https://")
