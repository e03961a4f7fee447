"""Idempotent transactions: a ClientRequestToken seen before is not executed again.

"...the original call's response is returned ... A client request token is valid for 10 minutes":
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
Tokens live in memory: a restarted Region has forgotten them (a simplification).
"""

import json
from collections import OrderedDict
from typing import Any

from common.clock import Clock
from twin.core.table_engine import EngineResult, TableApiError

VALID_S = 600.0


class IdempotencyTokens:
    """The tokens of the last ten minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._seen: OrderedDict[str, tuple[float, int, EngineResult]] = OrderedDict()

    def find(self, token: str, request: dict[str, Any]) -> EngineResult | None:
        """The answer that this token had. Raises AwsError if it came with another request."""
        self._expire()
        found = self._seen.get(token)
        if found is None:
            return None
        if found[1] != _digest(request):
            raise TableApiError(
                "IdempotentParameterMismatchException",
                "The request was retried with the same client token but with different parameters",
            )
        return found[2]

    def keep(self, token: str, request: dict[str, Any], outcome: EngineResult) -> None:
        """Remember an answer that was given."""
        done = EngineResult(status=outcome.status, body=outcome.body)
        self._seen[token] = (self._clock.monotonic(), _digest(request), done)

    def _expire(self) -> None:
        oldest = self._clock.monotonic() - VALID_S
        while self._seen and next(iter(self._seen.values()))[0] < oldest:
            self._seen.popitem(last=False)


def _digest(request: dict[str, Any]) -> int:
    return hash(json.dumps(request, sort_keys=True))
