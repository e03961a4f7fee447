"""Idempotency tokens: a transaction with a known ClientRequestToken is not executed again.

"...the original call's response is returned ... A client request token is valid for 10 minutes":
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
Tokens are kept in memory only, so a restart loses them (a simplification).
"""

import json
from collections import OrderedDict
from typing import Any

from common.clock import Clock
from twin.core.table_engine import EngineResult, TableApiError

VALID_S = 600.0


class IdempotencyTokens:
    """The results of the last ten minutes, by token."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._results: OrderedDict[str, tuple[float, int, EngineResult]] = OrderedDict()
        """Token -> (monotonic time, digest of the request, result)."""

    def find(self, token: str, request: dict[str, Any]) -> EngineResult | None:
        """The token's result. Raises TableApiError if the token came with another request."""
        self._expire()
        stored = self._results.get(token)
        if stored is None:
            return None
        _, digest, result = stored
        if digest != _digest(request):
            raise TableApiError(
                "IdempotentParameterMismatchException",
                "The request was retried with the same client token but with different parameters",
            )
        return result

    def store(self, token: str, request: dict[str, Any], result: EngineResult) -> None:
        without_changes = EngineResult(status=result.status, body=result.body)
        self._results[token] = (self._clock.monotonic(), _digest(request), without_changes)

    def _expire(self) -> None:
        oldest = self._clock.monotonic() - VALID_S
        while self._results and next(iter(self._results.values()))[0] < oldest:
            self._results.popitem(last=False)


def _digest(request: dict[str, Any]) -> int:
    return hash(json.dumps(request, sort_keys=True))
