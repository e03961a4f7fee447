"""Operations on health checks.

https://docs.aws.amazon.com/Route53/latest/APIReference/API_Operations_Amazon_Route_53.html
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from twin.control.document_service import CallContext, CallRefused, Operation, Params, Result
from twin.control.route53.health_checks.rules import (
    build_check,
    check_config,
    invalid,
    read_alarm_identifier,
)
from twin.control.route53.health_checks.watched_alarms import FindAlarm, alarm_document, read_alarm
from twin.control.route53.model import HealthCheckRecord, Outcome, Route53State
from twin.control.route53.pages import read_max_items, take_page
from twin.core.cloudwatch.alarms import Alarm
from twin.core.health_checks.requests import ENDPOINT_TYPES
from twin.topology.route53 import HealthCheck

MAX_CHECKS = 200
"""https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html"""
KEPT_REFERENCES = 10000
"""Caller references of deleted checks that are remembered."""


def health_check_operations(
    is_own_address: Callable[[str], bool], find_alarm: FindAlarm
) -> Mapping[str, Operation[Route53State]]:
    def find_watched(config: Mapping[str, Any]) -> Alarm | None:
        identifier = read_alarm_identifier(config)
        return read_alarm(identifier, find_alarm) if identifier else None

    def create_health_check(state: Route53State, context: CallContext, params: Params) -> Outcome:
        """https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateHealthCheck.html"""
        config, reference = dict(params["HealthCheckConfig"]), params["CallerReference"]
        existing = _find_created(state, reference, config)
        if existing is not None:
            return state, _created(existing)
        check_config(config, is_own_address)
        _check_children(state, config)
        if len(state.health_checks) >= MAX_CHECKS:
            message = f"You have reached the limit of {MAX_CHECKS} health checks."
            raise CallRefused("TooManyHealthChecks", message)
        record = HealthCheckRecord(
            check=build_check(context.uuid(), 1, config),
            caller_reference=reference,
            config=config,
            first_config=config,
            alarm=find_watched(config),
        )
        return replace(state, health_checks=(*state.health_checks, record)), _created(record)

    def update_health_check(state: Route53State, _: CallContext, params: Params) -> Outcome:
        """https://docs.aws.amazon.com/Route53/latest/APIReference/API_UpdateHealthCheck.html"""
        record = find_health_check(state, params["HealthCheckId"])
        wanted = params.get("HealthCheckVersion")
        version = record.check.version
        if wanted is not None and wanted != version:
            raise CallRefused(
                "HealthCheckVersionMismatch",
                f"The version of health check {record.id} is {version}, not {wanted}.",
                409,
            )
        config = _update_config(record.config, params)
        check_config(config, is_own_address)
        _check_children(state, config)
        check = build_check(record.id, version + 1, config)
        record = replace(record, check=check, config=config, alarm=find_watched(config))
        return put_health_check(state, record), {"HealthCheck": health_check_document(record)}

    return {
        "CreateHealthCheck": create_health_check,
        "DeleteHealthCheck": delete_health_check,
        "GetHealthCheck": get_health_check,
        "GetHealthCheckCount": get_health_check_count,
        "ListHealthChecks": list_health_checks,
        "UpdateHealthCheck": update_health_check,
    }


def get_health_check(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHealthCheck.html"""
    record = find_health_check(state, params["HealthCheckId"])
    return state, {"HealthCheck": health_check_document(record)}


def delete_health_check(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """Records may name it still.

    https://docs.aws.amazon.com/Route53/latest/APIReference/API_DeleteHealthCheck.html
    """
    record = find_health_check(state, params["HealthCheckId"])
    parents = [one.id for one in state.health_checks if record.id in one.check.children]
    if parents:
        raise CallRefused(
            "HealthCheckInUse",
            f"Health check {record.id} is a child of health check {', '.join(parents)}.",
        )
    kept = tuple(one for one in state.health_checks if one.id != record.id)
    references = (*state.deleted_check_references, record.caller_reference)[-KEPT_REFERENCES:]
    return replace(state, health_checks=kept, deleted_check_references=references), {}


def list_health_checks(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_ListHealthChecks.html"""
    size, marker = read_max_items(params, 1000), params.get("Marker") or ""
    checks = sorted(state.health_checks, key=lambda record: record.id)
    page, following = take_page(checks, size, lambda record: record.id >= marker)
    return state, {
        "HealthChecks": [health_check_document(record) for record in page],
        "Marker": marker,
        "IsTruncated": following is not None,
        "MaxItems": str(size),
        **({"NextMarker": following.id} if following else {}),
    }


def get_health_check_count(state: Route53State, _: CallContext, __: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHealthCheckCount.html"""
    return state, {"HealthCheckCount": len(state.health_checks)}


def find_health_check(state: Route53State, check_id: object) -> HealthCheckRecord:
    """Raises CallRefused."""
    for record in state.health_checks:
        if record.id == check_id:
            return record
    message = f"No health check exists with the specified ID {check_id}."
    raise CallRefused("NoSuchHealthCheck", message, 404)


def health_check_document(record: HealthCheckRecord) -> Result:
    """HealthCheck."""
    check = record.check
    shown: dict[str, object] = {
        "Id": record.id,
        "CallerReference": record.caller_reference,
        "HealthCheckConfig": _config_document(check),
        "HealthCheckVersion": check.version,
    }
    if record.alarm is not None:
        shown["CloudWatchAlarmConfiguration"] = alarm_document(record.alarm)
    return shown


def _config_document(check: HealthCheck) -> Result:
    """The configuration with its defaults: without Regions they are all."""
    shown: dict[str, Any] = {"Type": check.type}
    if check.type in ENDPOINT_TYPES:
        shown |= {
            "IPAddress": check.ip_address,
            "Port": check.port,
            "ResourcePath": check.resource_path,
            "FullyQualifiedDomainName": check.fqdn,
            "SearchString": check.search_string,
            "RequestInterval": check.interval_s,
            "FailureThreshold": check.failure_threshold,
            "MeasureLatency": check.measure_latency,
            "EnableSNI": check.enable_sni,
            "Regions": list(check.regions),
        }
    if check.type == "CALCULATED":
        shown |= {"ChildHealthChecks": list(check.children)}
        shown |= {"HealthThreshold": check.health_threshold}
    if check.alarm is not None:
        shown["AlarmIdentifier"] = {"Region": check.alarm.region, "Name": check.alarm.name}
        shown["InsufficientDataHealthStatus"] = check.insufficient_data_status
    shown |= {"Inverted": check.inverted, "Disabled": check.disabled}
    return {name: value for name, value in shown.items() if value not in ("", [])}


def _created(record: HealthCheckRecord) -> Result:
    location = f"https://route53.amazonaws.com/2013-04-01/healthcheck/{record.id}"
    return {"HealthCheck": health_check_document(record), "Location": location}


def _find_created(
    state: Route53State, reference: str, config: Mapping[str, Any]
) -> HealthCheckRecord | None:
    """The check that the same request has made already. Raises CallRefused."""
    if reference in state.deleted_check_references:
        raise _already_exists(f"{reference} was the caller reference of a deleted health check.")
    for record in state.health_checks:
        if record.caller_reference == reference:
            if record.first_config == config:
                return record
            raise _already_exists(
                f"A health check with caller reference {reference} and another configuration "
                f"already exists: {record.id}."
            )
    return None


def _already_exists(message: str) -> CallRefused:
    return CallRefused("HealthCheckAlreadyExists", message, 409)


def _update_config(old: Mapping[str, Any], params: Params) -> dict[str, Any]:
    """The configuration with the given members; those that are not given keep their values.

    The elements that can be reset have the names of their members.
    """
    given = {
        name: value
        for name, value in params.items()
        if name not in ("HealthCheckId", "HealthCheckVersion", "ResetElements")
    }
    reset = set(params.get("ResetElements") or ())
    both = sorted(reset & given.keys())
    if both:
        raise invalid(f"{both[0]} must not be both specified and reset.")
    return {name: value for name, value in {**old, **given}.items() if name not in reset}


def _check_children(state: Route53State, config: Mapping[str, Any]) -> None:
    """Raises CallRefused: children must exist, and may not be calculated themselves."""
    types = {record.id: record.check.type for record in state.health_checks}
    for child in config.get("ChildHealthChecks") or ():
        if child not in types:
            raise invalid(f"The child health check {child} does not exist.")
        if types[child] == "CALCULATED":
            raise invalid(f"The child health check {child} must not be a calculated one.")


def put_health_check(state: Route53State, record: HealthCheckRecord) -> Route53State:
    """The state with this health check instead of the one with its id."""
    checks = tuple(record if one.id == record.id else one for one in state.health_checks)
    return replace(state, health_checks=checks)
