"""The prober's place."""

from muster.doctor.place_reader import SLEEPS, measure_late_share, read_places
from muster.probe.plan import VantagePoint
from muster.probe.targets import THIS_MACHINE


def test_an_address_of_another_machine_can_not_be_sent_from() -> None:
    other = VantagePoint(name="other", source="192.0.2.1")
    loopback = VantagePoint(name="city", source="127.210.7.1")

    far, near, here = read_places((other, loopback, *THIS_MACHINE))

    assert far.error
    assert (near.error, here.error) == ("", "")


class LateClock:
    """Every tenth sleep ends 20 ms late."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.sleeps = 0

    def monotonic(self) -> float:
        return self.now_s

    async def sleep(self, length_s: float) -> None:
        self.sleeps += 1
        self.now_s += length_s + (0.020 if self.sleeps % 10 == 0 else 0.001)


async def test_late_sleeps_are_counted() -> None:
    clock = LateClock()

    assert await measure_late_share(clock.monotonic, clock.sleep) == 0.1
    assert clock.sleeps == SLEEPS
