"""Operations that Route 53's process answers: what its checkers saw, and what its servers answer.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHealthCheckStatus.html
https://docs.aws.amazon.com/Route53/latest/APIReference/API_TestDNSAnswer.html
"""

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address
from typing import Protocol

from twin.control.document_service import CallContext, CallRefused, Params, Query, Result
from twin.control.route53.health_checks.operations import find_health_check
from twin.control.route53.model import Route53State, find_zone
from twin.control.route53.names import InvalidName, normalize_name
from twin.internal_api.schemas import (
    CheckerObservation,
    DnsTestReport,
    DnsTestRequest,
    HealthCheckStatus,
)


class Route53Process(Protocol):
    """Route 53's process (twin.control.process_client)."""

    async def fetch_health_check(self, check_id: str) -> HealthCheckStatus | None: ...

    async def fetch_dns_answer(self, asked: DnsTestRequest) -> DnsTestReport | None: ...


def process_queries(
    process: Route53Process, checker_addresses: Sequence[str]
) -> Mapping[str, Query[Route53State]]:
    async def get_checker_ranges(_: Route53State, __: CallContext, ___: Params) -> Result:
        """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetCheckerIpRanges.html"""
        return {"CheckerIpRanges": [f"{address}/32" for address in checker_addresses]}

    async def get_status(state: Route53State, _: CallContext, params: Params) -> Result:
        found = await fetch(state, params)
        return {"HealthCheckObservations": _observations(found.observations if found else ())}

    async def get_last_failure(state: Route53State, _: CallContext, params: Params) -> Result:
        """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHealthCheckLastFailureReason.html"""
        found = await fetch(state, params)
        return {"HealthCheckObservations": _observations(found.last_failures if found else ())}

    async def fetch(state: Route53State, params: Params) -> HealthCheckStatus | None:
        record = find_health_check(state, params["HealthCheckId"])
        if record.check.type == "CALCULATED":
            message = "The status of calculated health checks can't be read: read their children's."
            raise CallRefused("InvalidInput", message)
        return await process.fetch_health_check(record.id)

    async def answer_test(state: Route53State, _: CallContext, params: Params) -> Result:
        zone = find_zone(state, params["HostedZoneId"])
        asked = _read_test(zone.id, params)
        answer = await process.fetch_dns_answer(asked)
        if answer is None:
            message = (
                "Route 53's name servers do not answer: is the twin's process route53 running?"
            )
            raise CallRefused("ServiceUnavailable", message, 503)
        return {
            "Nameserver": answer.name_server.rstrip("."),
            "RecordName": asked.name.rstrip("."),
            "RecordType": asked.type,
            "RecordData": list(answer.values),
            "ResponseCode": answer.code,
            "Protocol": "UDP",
        }

    return {
        "GetCheckerIpRanges": get_checker_ranges,
        "GetHealthCheckLastFailureReason": get_last_failure,
        "GetHealthCheckStatus": get_status,
        "TestDNSAnswer": answer_test,
    }


def _observations(observations: Iterable[CheckerObservation]) -> list[Result]:
    return [
        {
            "Region": one.region,
            "IPAddress": one.ip_address,
            "StatusReport": {"Status": one.status, "CheckedTime": one.checked_at_s},
        }
        for one in observations
    ]


def _read_test(zone_id: str, params: Params) -> DnsTestRequest:
    """Raises CallRefused."""
    resolver, subnet = params.get("ResolverIP"), params.get("EDNS0ClientSubnetIP")
    mask = params.get("EDNS0ClientSubnetMask")
    if mask and not subnet:
        raise _invalid("EDNS0ClientSubnetMask needs EDNS0ClientSubnetIP")
    for address in filter(None, (resolver, subnet)):
        _check_address(address)
    try:
        name = normalize_name(params["RecordName"])
    except InvalidName as problem:
        raise _invalid(str(problem)) from problem
    return DnsTestRequest(
        zone_id=zone_id,
        name=name,
        type=params["RecordType"],
        resolver_ip=resolver or "",
        subnet_ip=subnet or "",
        subnet_prefix=_read_mask(mask, subnet) if mask and subnet else None,
    )


def _check_address(text: str) -> None:
    try:
        ip_address(text)
    except ValueError as exc:
        raise _invalid(f"{text} is not an IP address") from exc


def _read_mask(text: str, subnet: str) -> int:
    longest = ip_address(subnet).max_prefixlen
    if not (text.isascii() and text.isdecimal() and int(text) <= longest):
        raise _invalid(f"EDNS0ClientSubnetMask {text} is not a number from 0 to {longest}")
    return int(text)


def _invalid(message: str) -> CallRefused:
    return CallRefused("InvalidInput", f"Invalid request: {message}")
