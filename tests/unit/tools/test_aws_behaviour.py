"""The index in docs/aws-behaviour.md matches the tests."""

from tools.aws_behaviour import PAGE, ROOT, find_rules, format_index, replace_index


def test_the_pages_index_is_up_to_date() -> None:
    page = PAGE.read_text()

    fresh = replace_index(page, format_index(find_rules(ROOT)))

    assert page == fresh, "run: python -m tools.aws_behaviour"


def test_every_rule_cites_a_page_and_names_a_test_that_exists() -> None:
    found = find_rules(ROOT)

    assert len(found) > 200
    for rule in found:
        file = rule.test.split("::")[0]
        assert (ROOT / file).is_file()
        assert rule.source.startswith("https://")
