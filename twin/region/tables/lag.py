"""How long a write takes to another Region: drawn around the twin's setting for each one.

AWS gives no distribution, only "typically within a second or less". Here a log-normal one: half of
the writes arrive within the setting, 95 in 100 within 1.6 times it.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

import math
import random
from collections.abc import Callable

SPREAD = 0.3
"""Standard deviation of the lag's logarithm."""


def lag_drawer(median_s: float, rng: random.Random) -> Callable[[], float]:
    """Draws lags in seconds around a median."""
    if median_s <= 0:
        return lambda: 0.0
    mu = math.log(median_s)
    return lambda: rng.lognormvariate(mu, SPREAD)
