"""Route 53's process, as control sees it."""

from twin.internal_api.schemas import DnsTestReport, DnsTestRequest, HealthCheckStatus


class FakeProcess:
    """Answers what a test sets."""

    def __init__(self) -> None:
        self.checks: dict[str, HealthCheckStatus] = {}
        self.report: DnsTestReport | None = None
        self.asked: list[DnsTestRequest] = []

    async def fetch_health_check(self, check_id: str) -> HealthCheckStatus | None:
        return self.checks.get(check_id)

    async def fetch_dns_answer(self, asked: DnsTestRequest) -> DnsTestReport | None:
        self.asked.append(asked)
        return self.report
