"""The identifiers that a Region generates: of requests and traces."""

import base64
import random
from dataclasses import dataclass

from common.clock import Clock
from twin.core.http.messages import make_trace_id


@dataclass(frozen=True, slots=True)
class IdGenerator:
    clock: Clock
    rng: random.Random

    def request_id(self) -> str:
        """A UUID of version 4."""
        digits = f"{self.rng.getrandbits(128):032x}"
        return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"

    def extended_request_id(self) -> str:
        """API Gateway's own id of a request: sixteen characters of base64."""
        return base64.b64encode(self.rng.randbytes(11)).decode("ascii")

    def trace_id(self) -> str:
        """A root trace id that contains the current time."""
        return make_trace_id(self.clock.now(), self.rng.getrandbits(96))

    def draw(self) -> float:
        """A number in [0, 1)."""
        return self.rng.random()
