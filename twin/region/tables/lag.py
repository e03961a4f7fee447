"""How long a write takes to another Region: drawn anew for each one.

AWS gives no distribution, only "typically within a second or less". Here a log-normal one, given by
its median and its spread: lags are never below zero, most are near the median, a few are long. With
the default spread 95 in 100 writes arrive within 1.6 times the median.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/V2globaltables_HowItWorks.html
"""

import math
import random
from collections.abc import Callable


def lag_drawer(median_s: float, spread: float, rng: random.Random) -> Callable[[], float]:
    """Draws lags in seconds; `spread` is the standard deviation of their logarithm."""
    if median_s <= 0:
        return lambda: 0.0
    mu = math.log(median_s)
    return lambda: rng.lognormvariate(mu, spread)
