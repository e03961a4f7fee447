"""A monthly budget of the account, which tells people by mail before it is spent.

It is the account's and not the stack's: a filter by tag counts nothing until somebody has activated
the tag for cost allocation, so it would stay silent.
"""

import pulumi
from pulumi_aws.budgets import Budget, BudgetNotificationArgs

from infra.monitoring.settings import BudgetSettings

NOTIFICATIONS = (("ACTUAL", 80.0), ("FORECASTED", 100.0))
"""(What is compared, percent of the limit)."""


class MonthlyBudget(pulumi.ComponentResource):
    def __init__(
        self,
        name: str,
        prefix: str,
        settings: BudgetSettings,
        tags: dict[str, str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("muster:infra:Budget", name, None, opts)
        Budget(
            f"{name}-monthly",
            name=prefix,
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=f"{settings.limit_usd}.0",
            limit_unit="USD",
            notifications=[
                BudgetNotificationArgs(
                    comparison_operator="GREATER_THAN",
                    notification_type=kind,
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    subscriber_email_addresses=list(settings.emails),
                )
                for kind, percent in NOTIFICATIONS
            ],
            tags=tags,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.register_outputs({})
