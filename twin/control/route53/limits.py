"""Quotas, and how much of them is used.

https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DNSLimitations.html
"""

from twin.control.document_service import CallContext, CallRefused, Params
from twin.control.route53.health_checks.operations import MAX_CHECKS
from twin.control.route53.model import Outcome, Route53State, find_zone
from twin.control.route53.records.change_batches import MAX_RECORDS_OF_ZONE
from twin.control.route53.traffic.instances import MAX_INSTANCES
from twin.control.route53.traffic.policies import MAX_POLICIES
from twin.control.route53.zones import MAX_ZONES

MAX_DELEGATION_SETS = 100


def get_account_limit(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetAccountLimit.html"""
    value, count = {
        "MAX_HEALTH_CHECKS_BY_OWNER": (MAX_CHECKS, len(state.health_checks)),
        "MAX_HOSTED_ZONES_BY_OWNER": (MAX_ZONES, len(state.zones)),
        "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER": (MAX_DELEGATION_SETS, 0),
        "MAX_TRAFFIC_POLICIES_BY_OWNER": (MAX_POLICIES, len(state.traffic_policies)),
        "MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER": (MAX_INSTANCES, len(state.instances)),
    }[params["Type"]]
    return state, {"Limit": {"Type": params["Type"], "Value": value}, "Count": count}


def get_hosted_zone_limit(state: Route53State, _: CallContext, params: Params) -> Outcome:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZoneLimit.html"""
    zone = find_zone(state, params["HostedZoneId"])
    if params["Type"] == "MAX_VPCS_ASSOCIATED_BY_ZONE":
        raise CallRefused("HostedZoneNotPrivate", f"The hosted zone {zone.id} is not private.")
    limit = {"Type": params["Type"], "Value": MAX_RECORDS_OF_ZONE}
    return state, {"Limit": limit, "Count": len(zone.zone.records)}
