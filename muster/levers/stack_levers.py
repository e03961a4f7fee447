"""The levers of a deployed stack, on AWS or on a twin: one attempt each, or with retries.

A drill uses `StackLevers` and retries a step itself, since it journals that. A command or a program
uses `RetryingLevers`, which repeats a change after a transient error and shows each failure.
"""

import uuid
from dataclasses import dataclass

from muster.levers.dial import API_TIMEOUT_S as DIAL_API_S
from muster.levers.dial import DialChange, TrafficDial, unanswered_limit_s
from muster.levers.dns_door import API_TIMEOUT_S as DNS_API_S
from muster.levers.dns_door import (
    DnsDoor,
    InversionChange,
    WeightChange,
    unanswered_dns_limit_s,
)
from muster.levers.fault_injector import FaultInjector
from muster.levers.health_switch import HealthCheckInvoker, HealthSwitch, SwitchChange
from muster.levers.interface import Fault
from muster.model import SwitchSetting
from muster.retry import RetryPolicy

FAULT_RETRY_S = 60.0
"""How long a command tries to inject or clear a fault."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StackLevers:
    """One attempt of each change; see `muster.levers.Levers`."""

    dial: TrafficDial
    switch: HealthSwitch
    dns: DnsDoor
    faults: FaultInjector

    async def set_dial(self, region: str, percent: float, *, within_s: float) -> DialChange:
        """Turn a dial; wait for an earlier change of the accelerator instead of refusing."""
        return await self.dial.turn(region, percent, within_s=within_s, queue=True)

    async def set_switch(
        self, region: str, switch: SwitchSetting, *, within_s: float
    ) -> SwitchChange:
        return await self.switch.set(region, switch, within_s=within_s)

    async def set_weight(self, region: str, weight: int, *, within_s: float) -> WeightChange:
        return await self.dns.set_weight(region, weight, within_s=within_s)

    async def set_inverted(
        self, region: str, inverted: bool, *, within_s: float
    ) -> InversionChange:
        del within_s  # a call of its own time-out
        return await self.dns.set_inverted(region, inverted)

    async def inject(self, fault: Fault, *, token: str) -> None:
        await self.faults.inject(fault, token)

    async def clear(self, fault: Fault) -> None:
        await self.faults.clear(fault)


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryingLevers:
    """The same changes for a person, made again after transient errors. Errors: as `Levers`."""

    dial: TrafficDial
    switch: HealthSwitch
    health: HealthCheckInvoker
    dns: DnsDoor
    faults: FaultInjector
    policy: RetryPolicy

    async def require_dial(self) -> None:
        """Wait for the accelerator's API for some seconds; see TrafficDial.require."""
        await self.policy.retry_and_report(lambda _left_s: self.dial.require(), within_s=DIAL_API_S)

    async def require_weight(self) -> None:
        """Wait for Route 53's API for some seconds; see DnsDoor.require_weight."""
        await self.policy.retry_and_report(
            lambda _left_s: self.dns.require_weight(), within_s=DNS_API_S
        )

    async def require_inversion(self) -> None:
        """Wait for Route 53's API for some seconds; see DnsDoor.require_inversion."""
        await self.policy.retry_and_report(
            lambda _left_s: self.dns.require_inversion(), within_s=DNS_API_S
        )

    async def set_dial(
        self,
        region: str,
        percent: float,
        *,
        within_s: float,
        queue: bool = False,
        wait: bool = True,
    ) -> DialChange:
        """Turn a dial; see TrafficDial.turn. Gives up early while the API does not answer."""
        return await self.policy.retry_and_report(
            lambda left_s: self.dial.turn(region, percent, within_s=left_s, queue=queue, wait=wait),
            within_s=within_s,
            unanswered_s=unanswered_limit_s,
        )

    async def set_switch(
        self, region: str, switch: SwitchSetting, *, within_s: float, follow: bool = True
    ) -> SwitchChange:
        """Set a health switch; see HealthSwitch.set."""
        return await self.policy.retry_and_report(
            lambda left_s: self.switch.set(region, switch, within_s=left_s, follow=follow),
            within_s=within_s,
        )

    async def set_weight(
        self, region: str, weight: int, *, within_s: float, wait: bool = True
    ) -> WeightChange:
        """Set a record's weight; see DnsDoor.set_weight. Gives up early without an answer."""
        return await self.policy.retry_and_report(
            lambda left_s: self.dns.set_weight(region, weight, within_s=left_s, wait=wait),
            within_s=within_s,
            unanswered_s=unanswered_dns_limit_s,
        )

    async def set_inverted(
        self, region: str, inverted: bool, *, within_s: float
    ) -> InversionChange:
        """Invert a health check, or end that; see DnsDoor.set_inverted."""
        return await self.policy.retry_and_report(
            lambda _left_s: self.dns.set_inverted(region, inverted),
            within_s=within_s,
            unanswered_s=unanswered_dns_limit_s,
        )

    async def inject(self, fault: Fault) -> None:
        token = str(uuid.uuid4())
        await self.policy.retry_and_report(
            lambda _left_s: self.faults.inject(fault, token), within_s=FAULT_RETRY_S
        )

    async def clear(self, fault: Fault) -> None:
        await self.policy.retry_and_report(
            lambda _left_s: self.faults.clear(fault), within_s=FAULT_RETRY_S
        )
