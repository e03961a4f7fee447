"""Access logs of API Gateway's stages, until control takes them for CloudWatch Logs.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html
"""

from collections import deque

from twin.core.apigateway.context_variables import (
    RequestOutcome,
    context_variables,
    format_access_log,
)
from twin.core.apigateway.requests import GatewayRequest
from twin.internal_api.schemas import LogEntry

MAX_WAITING = 10_000
"""Lines kept while control is away; beyond it the oldest ones are dropped."""
MAX_WAITING_CHARACTERS = 16 * 1024 * 1024
"""The same, of all lines together."""


class AccessLogs:
    """The lines of a Region's stages since control took them last."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._waiting: deque[LogEntry] = deque()
        self._characters = 0

    def write(self, request: GatewayRequest, outcome: RequestOutcome) -> None:
        """Add the line of a request whose stage has an access log."""
        served = request.stage_path.served
        if not served.stage.access_log_group:
            return
        variables = context_variables(request, outcome, self._account)
        entry = LogEntry(
            group=served.stage.access_log_group,
            stream=f"{served.api.id}/{served.stage.name}",
            at_ms=int(request.received_s * 1000),
            message=format_access_log(served.stage.access_log_format, variables),
        )
        self._waiting.append(entry)
        self._characters += len(entry.message)
        while len(self._waiting) > MAX_WAITING or self._characters > MAX_WAITING_CHARACTERS:
            self._characters -= len(self._waiting.popleft().message)

    def take(self) -> tuple[LogEntry, ...]:
        """The lines since the last call."""
        taken = tuple(self._waiting)
        self._waiting.clear()
        self._characters = 0
        return taken
