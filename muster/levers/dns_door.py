"""The levers of the DNS door: a record's weight, and the inversion of a Region's health check.

Decides when a weight may be changed, sends that one record, and waits until Route 53's servers have
it. Both levers are calls of Route 53's control plane, which is in us-east-1 alone; answers, checks
and failover go on without it, and so does the health switch:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/route-53-concepts.html

A change reaches a client when its resolver's TTL and its own cache have ended, and its kept
connections with them.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from common.aws import US_EAST_1
from muster.aws.clients import AwsClients
from muster.errors import (
    AllChecksInverted,
    AllWeightsZero,
    CallFailed,
    InvalidSetting,
    LeverUnavailable,
    Route53Unreachable,
    Unreachable,
)
from muster.formatting import format_duration
from muster.model import DnsOutputs, Stack
from muster.retry import PollResult, RetryPolicy
from muster.stack_outputs import find_region

SERVICE = "route53"
MAX_WEIGHT = 255
"""https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html"""
API_TIMEOUT_S = 8.0
"""How long a command retries calls of Route 53: the health switch is an alternative."""
RECORDS_PAGE = "100"
"""A name and type have at most 100 records:
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightChange:
    """The result of changing a record's weight."""

    region: str
    before: int
    after: int
    in_sync: bool
    """Whether all of Route 53's servers were waited for."""
    notes: tuple[str, ...]
    """Warnings for the operator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InversionChange:
    """The result of inverting a health check, or of ending that."""

    region: str
    before: bool
    after: bool
    notes: tuple[str, ...]


def unanswered_dns_limit_s(_error: CallFailed) -> float:
    """How long a command retries failing calls of Route 53."""
    return API_TIMEOUT_S


def require_dns(stack: Stack) -> DnsOutputs:
    """The stack's DNS door. Raises LeverUnavailable."""
    if stack.dns is None:
        raise LeverUnavailable(
            "the stack has no DNS door; add `dns` to muster:front_doors, and a domain"
        )
    return stack.dns


def require_weights(stack: Stack) -> DnsOutputs:
    """The stack's DNS door, if its records have weights. Raises LeverUnavailable."""
    dns = require_dns(stack)
    if dns.policy != "weighted" or dns.traffic_policy_instance_id is not None:
        by = "a traffic policy" if dns.traffic_policy_instance_id else f"the policy {dns.policy}"
        raise LeverUnavailable(
            f"the records of {dns.domain} have no weights: they follow {by}. Weights need a"
            " deployment with muster:dns_policy weighted; `muster dns invert` and `muster health`"
            " work with every policy"
        )
    return dns


class DnsDoor:
    """The records and health checks of one stack's DNS door."""

    def __init__(
        self,
        clients: AwsClients,
        stack: Stack,
        policy: RetryPolicy,
        on_change: Callable[[], None] = lambda: None,
    ) -> None:
        """`on_change` is called after each change, before it is waited for."""
        self._clients = clients
        self._stack = stack
        self._policy = policy
        self._on_change = on_change

    async def require_weight(self) -> None:
        """Raises LeverUnavailable, Route53Unreachable if no weight can be changed."""
        dns = require_weights(self._stack)
        with _naming_the_api():
            await read_shared_records(self._clients, dns)

    async def require_inversion(self) -> None:
        """Raises LeverUnavailable, Route53Unreachable if no check can be inverted."""
        dns = require_dns(self._stack)
        with _naming_the_api():
            await read_check_configs(self._clients, dns)

    async def set_weight(
        self, region: str, weight: int, *, within_s: float, wait: bool = True
    ) -> WeightChange:
        """Set the weight of a Region's record, 0 to 255, and wait until the change is INSYNC.

        Raises UnknownRegion, LeverUnavailable, InvalidSetting, AllWeightsZero, Route53Unreachable,
        CallFailed, WaitTimeout.
        """
        find_region(self._stack, region)
        dns = require_weights(self._stack)
        if not 0 <= weight <= MAX_WEIGHT:
            raise InvalidSetting("WEIGHT", "the caller", weight, f"from 0 to {MAX_WEIGHT}")
        with _naming_the_api():
            return await self._set_weight(dns, region, weight, within_s=within_s, wait=wait)

    async def _set_weight(
        self, dns: DnsOutputs, region: str, weight: int, *, within_s: float, wait: bool
    ) -> WeightChange:
        deadline = self._policy.deadline(within_s)
        records = await read_shared_records(self._clients, dns)
        record = records.get(region)
        if record is None:
            raise CallFailed(
                SERVICE,
                "list_resource_record_sets",
                US_EAST_1,
                "NoSuchRecord",
                f"{dns.domain} has no record with set identifier"
                f" {dns.regions[region].set_identifier}; `pulumi up --refresh` makes it again",
            )
        before = int(record["Weight"])
        if weight == 0 and not any(r["Weight"] for name, r in records.items() if name != region):
            raise AllWeightsZero(region)
        if before != weight:
            change = await self._upsert(dns, {**record, "Weight": weight}, region)
            self._on_change()
            if wait:
                what = f"weight {weight} of {region} on all name servers"
                await deadline.wait(what, lambda: self._poll_change(change))
        return WeightChange(
            region=region,
            before=before,
            after=weight,
            in_sync=wait,
            notes=()
            if weight == before
            else (
                *dns_warnings(dns, region, leaves=weight < before),
                "`pulumi up` keeps the weight while nothing else of the record changes; use"
                " --refresh",
            ),
        )

    async def set_inverted(self, region: str, inverted: bool) -> InversionChange:
        """Invert a Region's health check, or end that.

        Raises UnknownRegion, LeverUnavailable, AllChecksInverted, Route53Unreachable, CallFailed.
        """
        find_region(self._stack, region)
        dns = require_dns(self._stack)
        with _naming_the_api():
            return await self._set_inverted(dns, region, inverted)

    async def _set_inverted(self, dns: DnsOutputs, region: str, inverted: bool) -> InversionChange:
        configs = await read_check_configs(self._clients, dns)
        before = bool(configs[region].get("Inverted", False))
        others = [config for name, config in configs.items() if name != region]
        if inverted and all(config.get("Inverted", False) for config in others):
            raise AllChecksInverted(region)
        if before != inverted:
            # Only what is named changes:
            # https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHealthCheck.html
            await self._clients.change(
                SERVICE,
                US_EAST_1,
                "update_health_check",
                HealthCheckId=dns.regions[region].health_check_id,
                Inverted=inverted,
            )
            self._on_change()
        notes = () if before == inverted else dns_warnings(dns, region, leaves=inverted)
        return InversionChange(region=region, before=before, after=inverted, notes=tuple(notes))

    async def _upsert(self, dns: DnsOutputs, record: Mapping[str, Any], region: str) -> str:
        answer = await self._clients.change(
            SERVICE,
            US_EAST_1,
            "change_resource_record_sets",
            HostedZoneId=dns.zone_id,
            ChangeBatch={
                "Comment": f"muster: weight of {region}",
                "Changes": [{"Action": "UPSERT", "ResourceRecordSet": dict(record)}],
            },
        )
        change: str = answer["ChangeInfo"]["Id"]
        return change

    async def _poll_change(self, change: str) -> PollResult:
        answer = await self._clients.read(SERVICE, US_EAST_1, "get_change", Id=change)
        status = answer["ChangeInfo"]["Status"]
        return PollResult(status == "INSYNC", f"the change is {status}")


@contextmanager
def _naming_the_api() -> Iterator[None]:
    """Turns Unreachable into Route53Unreachable, which says what does not work now."""
    try:
        yield
    except Unreachable as exc:
        raise Route53Unreachable(exc) from exc


async def read_shared_records(clients: AwsClients, dns: DnsOutputs) -> dict[str, Mapping[str, Any]]:
    """Region -> its record under the shared name, as the API has it. Raises CallFailed."""
    return records_of_regions(dns, await read_records(clients, dns))


def records_of_regions(
    dns: DnsOutputs, records: Mapping[str, Mapping[str, Any]]
) -> dict[str, Mapping[str, Any]]:
    """Region of the outputs -> its record. `records`: by set identifier."""
    return {
        one.region: records[one.set_identifier]
        for one in dns.regions.values()
        if one.set_identifier in records
    }


async def read_records(clients: AwsClients, dns: DnsOutputs) -> dict[str, Mapping[str, Any]]:
    """Set identifier -> its record under the shared name, of every Region. Raises CallFailed."""
    answer = await clients.read(
        SERVICE,
        US_EAST_1,
        "list_resource_record_sets",
        HostedZoneId=dns.zone_id,
        StartRecordName=dns.domain,
        StartRecordType="A",
        MaxItems=RECORDS_PAGE,
    )
    return {
        record["SetIdentifier"]: record
        for record in answer["ResourceRecordSets"]
        if record["Name"].rstrip(".") == dns.domain.rstrip(".").lower() and record["Type"] == "A"
        if record.get("SetIdentifier")
    }


async def read_check_configs(clients: AwsClients, dns: DnsOutputs) -> dict[str, Mapping[str, Any]]:
    """Region -> the configuration of its health check. Raises CallFailed."""
    own = {one.health_check_id: one.region for one in dns.regions.values()}
    found: dict[str, Mapping[str, Any]] = {}
    marker: dict[str, str] = {}
    while len(found) < len(own):
        answer = await clients.read(SERVICE, US_EAST_1, "list_health_checks", **marker)
        for check in answer["HealthChecks"]:
            if check["Id"] in own:
                found[own[check["Id"]]] = check["HealthCheckConfig"]
        if not answer.get("IsTruncated"):
            break
        marker = {"Marker": answer["NextMarker"]}
    missing = [one.health_check_id for one in dns.regions.values() if one.region not in found]
    if missing:
        why = f"{', '.join(missing)} of the stack's outputs: there is no such health check"
        raise CallFailed(SERVICE, "list_health_checks", US_EAST_1, "NoSuchHealthCheck", why)
    return found


def dns_warnings(dns: DnsOutputs, region: str, *, leaves: bool) -> Iterable[str]:
    """What an operator should know after a change. `leaves`: it takes traffic from the Region."""
    yield (
        f"resolvers that honour the TTL follow within {format_duration(dns.ttl_s)}, browsers within"
        " a minute or two more; kept connections and clients that never ask again stay"
    )
    if leaves and region == US_EAST_1:
        yield (
            f"records and health checks are changed through {US_EAST_1}: should the Region fail,"
            f" this can't be taken back; `muster health` needs no control plane"
        )
