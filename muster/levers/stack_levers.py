"""The levers of a deployed stack, on AWS or on a twin."""

from dataclasses import dataclass

from muster.levers.dial import DialChange, TrafficDial
from muster.levers.fault_injector import FaultInjector
from muster.levers.health_check import HealthCheckAnswer, HealthCheckInvoker
from muster.levers.health_switch import HealthSwitch, SwitchChange
from muster.levers.interface import Fault
from muster.model import SwitchSetting, SwitchStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class StackLevers:
    """Levers as `muster.levers.Levers` names them, and what they tell beyond that."""

    dial: TrafficDial
    switch: HealthSwitch
    health: HealthCheckInvoker
    faults: FaultInjector
    queue: bool = False
    """Whether a dial waits for an earlier change of the accelerator instead of refusing."""

    async def set_dial(self, region: str, percent: float, *, within_s: float) -> None:
        """See Levers."""
        await self.turn(region, percent, within_s=within_s)

    async def turn(self, region: str, percent: float, *, within_s: float) -> DialChange:
        """The same, with what it came to."""
        return await self.dial.turn(region, percent, within_s=within_s, queue=self.queue)

    async def set_switch(self, region: str, switch: SwitchSetting, *, within_s: float) -> None:
        """See Levers."""
        await self.flip(region, switch, within_s=within_s)

    async def flip(self, region: str, switch: SwitchSetting, *, within_s: float) -> SwitchChange:
        """The same, with what it came to."""
        return await self.switch.set(region, switch, within_s=within_s)

    async def ask_health(
        self, region: str, expected: SwitchStatus, *, within_s: float
    ) -> HealthCheckAnswer:
        """Invoke the Region's function with a health check until it answers as expected."""
        return await self.health.expect(region, expected, within_s=within_s)

    async def inject(self, fault: Fault) -> None:
        """See Levers."""
        await self.faults.inject(fault)

    async def clear(self, fault: Fault) -> None:
        """See Levers."""
        await self.faults.clear(fault)
