"""Rate limits: a token bucket for each method of a stage, and one for the account in the Region.

https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-request-throttling.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-throttling.html
"""

from dataclasses import dataclass

from twin.core.apigateway.api_names import ServedStage
from twin.topology.apigateway import Route, Throttle

ACCOUNT_RATE_PER_S = 10_000.0
ACCOUNT_BURST = 5_000
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"""


@dataclass(slots=True, kw_only=True)
class TokenBucket:
    """`burst` tokens at most, `rate_per_s` new ones each second."""

    rate_per_s: float
    burst: float
    tokens: float
    filled_at: float
    """Monotonic time in seconds of the last refill."""

    def refill(self, now: float) -> None:
        gained = max(0.0, now - self.filled_at) * self.rate_per_s
        self.tokens = min(self.burst, self.tokens + gained)
        self.filled_at = now

    def take(self, now: float) -> bool:
        """Take a token; False if there is none."""
        self.refill(now)
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class Throttles:
    """The buckets of a Region's stages; they outlive a change of the configuration."""

    def __init__(
        self, *, rate_per_s: float = ACCOUNT_RATE_PER_S, burst: int = ACCOUNT_BURST
    ) -> None:
        self._account = TokenBucket(rate_per_s=rate_per_s, burst=burst, tokens=burst, filled_at=0.0)
        self._buckets: dict[tuple[str, str, str, str], TokenBucket] = {}

    def allows(self, served: ServedStage, route: Route, now: float) -> bool:
        """Take what a request costs; False if it has to be refused."""
        limit = _limit(served.stage.throttle, route.throttle)
        if limit is not None:
            key = (served.api.id, served.stage.name, route.method, route.path)
            if not self._bucket(key, *limit, now).take(now):
                return False
        return self._account.take(now)

    def _bucket(
        self, key: tuple[str, str, str, str], rate: float, burst: float, now: float
    ) -> TokenBucket:
        found = self._buckets.get(key)
        if found is None or (found.rate_per_s, found.burst) != (rate, burst):
            found = TokenBucket(rate_per_s=rate, burst=burst, tokens=burst, filled_at=now)
            self._buckets[key] = found
        return found

    def forget(self, kept: frozenset[tuple[str, str]]) -> None:
        """Drop the buckets of all stages but these, which are (API, stage)."""
        self._buckets = {
            key: bucket for key, bucket in self._buckets.items() if (key[0], key[1]) in kept
        }


def _limit(stage: Throttle, route: Throttle) -> tuple[float, float] | None:
    """Rate and burst of a method: its own settings, else the stage's; None without both."""
    rate = stage.rate_per_s if route.rate_per_s is None else route.rate_per_s
    burst = stage.burst if route.burst is None else route.burst
    if rate is None and burst is None:
        return None
    return (
        ACCOUNT_RATE_PER_S if rate is None else rate,
        float(ACCOUNT_BURST if burst is None else burst),
    )
