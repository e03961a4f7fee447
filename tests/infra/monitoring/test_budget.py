"""The account's budget."""

from tests.infra.graph import build_graph


def test_a_budget_tells_people_before_it_is_spent() -> None:
    """https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Notification.html"""
    graph = build_graph("prod", budget_usd=150, budget_emails=["ops@example.com"])

    budget = graph.one("budgets/budget:Budget").inputs
    assert (budget["limitAmount"], budget["limitUnit"]) == ("150.0", "USD")
    assert (budget["budgetType"], budget["timeUnit"]) == ("COST", "MONTHLY")
    assert {(one["notificationType"], one["threshold"]) for one in budget["notifications"]} == {
        ("ACTUAL", 80.0),
        ("FORECASTED", 100.0),
    }
    for one in budget["notifications"]:
        assert one["subscriberEmailAddresses"] == ["ops@example.com"]


def test_there_is_no_budget_unless_one_is_set() -> None:
    assert build_graph("prod").of("budgets/budget:Budget") == []
