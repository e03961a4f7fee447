"""Custom domain names, and their mappings to stages, as the API `apigateway` has them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/how-to-custom-domains.html
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from twin.control.apigateway.domain_rules import (
    FindCertificate,
    add_domain,
    check_certificate,
    check_domain_name,
    check_mapping,
    check_mapping_key,
    make_regional_name,
)
from twin.control.apigateway.entries import put, without
from twin.control.apigateway.errors import (
    bad_request,
    not_found,
    refuse_unserved,
    unserved,
)
from twin.control.apigateway.limits import REST_API_CODE
from twin.control.apigateway.model import ApiGatewayState, DomainMapping, DomainRecord
from twin.control.apigateway.rest.documents import NO_BASE_PATH, domain_document, mapping_document
from twin.control.apigateway.rest.lists import list_items
from twin.control.apigateway.rest.patches import ADDRESS_TYPE, Patch, Rule, apply_patches, text
from twin.control.apigateway.tags import check_tags
from twin.control.document_service import CallContext, Operation, Params, Result

_MAPPING_ID_LENGTH = 6
_UNSERVED = {
    "mutualTlsAuthentication": "mutual TLS",
    "policy": "policies of domain names",
    "certificateName": "certificates outside of ACM",
    "certificateBody": "certificates outside of ACM",
    "regionalCertificateName": "certificates outside of ACM",
    "endpointAccessMode": "access modes of endpoints",
}

Change = tuple[ApiGatewayState, Result]


class DomainOperations:
    """Operations on domain names; they have to know the certificates."""

    def __init__(self, find_certificate: FindCertificate) -> None:
        self._find_certificate = find_certificate

    def by_name(self) -> dict[str, Operation[ApiGatewayState]]:
        return {
            "CreateBasePathMapping": create_base_path_mapping,
            "CreateDomainName": self.create_domain_name,
            "DeleteBasePathMapping": delete_base_path_mapping,
            "DeleteDomainName": delete_domain_name,
            "GetBasePathMapping": get_base_path_mapping,
            "GetBasePathMappings": get_base_path_mappings,
            "GetDomainName": get_domain_name,
            "GetDomainNames": get_domain_names,
            "UpdateBasePathMapping": update_base_path_mapping,
            "UpdateDomainName": self.update_domain_name,
        }

    def create_domain_name(
        self, state: ApiGatewayState, context: CallContext, params: Params
    ) -> Change:
        """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateDomainName.html"""
        refuse_unserved(params, _UNSERVED)
        if params.get("routingMode", "BASE_PATH_MAPPING_ONLY") != "BASE_PATH_MAPPING_ONLY":
            raise unserved("routing rules (routingMode)")
        name = check_domain_name(params["domainName"])
        endpoint: Mapping[str, Any] = params.get("endpointConfiguration") or {}
        arn = params.get("regionalCertificateArn")
        _check_types(endpoint.get("types") or (["REGIONAL"] if arn else ["EDGE"]))
        domain = DomainRecord(
            name=name,
            region=context.region,
            regional_name=make_regional_name(context),
            certificate_arn=check_certificate(arn, name, context, self._find_certificate),
            certificate_uploaded_at=context.now,
            ownership_certificate_arn=params.get("ownershipVerificationCertificateArn", ""),
            security_policy=_check_policy(params.get("securityPolicy", "TLS_1_2")),
            ip_address_type=endpoint.get("ipAddressType", "ipv4"),
            tags=check_tags(params.get("tags") or {}),
        )
        return add_domain(state, domain, REST_API_CODE), domain_document(domain)

    def update_domain_name(
        self, state: ApiGatewayState, context: CallContext, params: Params
    ) -> Change:
        """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateDomainName.html"""

        def set_certificate(domain: DomainRecord, patch: Patch) -> DomainRecord:
            arn = check_certificate(patch.value, domain.name, context, self._find_certificate)
            if arn == domain.certificate_arn:
                return domain
            return replace(domain, certificate_arn=arn, certificate_uploaded_at=context.now)

        old = state.domain(params["domainName"], context.region)
        rules = (Rule("/regionalCertificateArn", set_certificate), *_DOMAIN_RULES)
        domain = apply_patches(old, params, rules)
        return state.put_domain(domain), domain_document(domain)


def get_domain_name(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    return state, domain_document(state.domain(params["domainName"], context.region))


def get_domain_names(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    found = sorted(
        (one for one in state.domains.values() if one.region == context.region),
        key=lambda domain: domain.name,
    )
    return state, list_items([domain_document(domain) for domain in found], params)


def delete_domain_name(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """With its mappings."""
    return state.remove_domain(state.domain(params["domainName"], context.region)), {}


def _check_types(types: list[str]) -> None:
    if types != ["REGIONAL"]:
        raise unserved(
            f"other domain names than Regional ones (endpointConfiguration {', '.join(types)})"
        )


def _check_policy(policy: str) -> str:
    if policy != "TLS_1_2":
        raise unserved(f"other security policies than TLS_1_2 (securityPolicy {policy})")
    return policy


def _set_policy(domain: DomainRecord, patch: Patch) -> DomainRecord:
    return replace(domain, security_policy=_check_policy(patch.value))


def _set_type(domain: DomainRecord, patch: Patch) -> DomainRecord:
    _check_types([patch.value])
    return domain


_DOMAIN_RULES: tuple[Rule[DomainRecord], ...] = (
    Rule("/securityPolicy", _set_policy),
    Rule("/endpointConfiguration/types/*", _set_type),
    ADDRESS_TYPE,
    text("/ownershipVerificationCertificateArn", "ownership_certificate_arn"),
)


# -- mappings


def create_base_path_mapping(
    state: ApiGatewayState, context: CallContext, params: Params
) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_CreateBasePathMapping.html"""
    domain = state.domain(params["domainName"], context.region)
    mapping = DomainMapping(
        id=context.token(_MAPPING_ID_LENGTH),
        key=_read_base_path(params.get("basePath", "")),
        api_id=params["restApiId"],
        stage=params.get("stage", ""),
    )
    return _put(state, context, domain, mapping)


def get_base_path_mapping(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    domain = state.domain(params["domainName"], context.region)
    return state, mapping_document(_find(domain, params))


def get_base_path_mappings(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    mappings = state.domain(params["domainName"], context.region).mappings.values()
    listed = sorted(mappings, key=lambda mapping: mapping.key)
    return state, list_items([mapping_document(mapping) for mapping in listed], params)


def update_base_path_mapping(
    state: ApiGatewayState, context: CallContext, params: Params
) -> Change:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateBasePathMapping.html"""
    domain = state.domain(params["domainName"], context.region)
    mapping = apply_patches(_find(domain, params), params, _MAPPING_RULES)
    return _put(state, context, domain, mapping)


def delete_base_path_mapping(
    state: ApiGatewayState, context: CallContext, params: Params
) -> Change:
    domain = state.domain(params["domainName"], context.region)
    found = _find(domain, params)
    return state.put_domain(replace(domain, mappings=without(domain.mappings, found.id))), {}


def _put(
    state: ApiGatewayState, context: CallContext, domain: DomainRecord, mapping: DomainMapping
) -> Change:
    api = state.rest_apis.get(mapping.api_id)
    if api is None or api.region != context.region:
        raise bad_request("Invalid REST API identifier specified")
    if mapping.stage and mapping.stage not in api.stages:
        raise bad_request("Invalid stage identifier specified")
    others = [one for one in domain.mappings.values() if one.id != mapping.id]
    check_mapping(mapping.key, others, REST_API_CODE)
    changed = replace(domain, mappings=put(domain.mappings, mapping.id, mapping))
    return state.put_domain(changed), mapping_document(mapping)


def _find(domain: DomainRecord, params: Params) -> DomainMapping:
    path = params["basePath"]
    found = domain.find_mapping("" if path == NO_BASE_PATH else path)
    if found is None:
        raise not_found("Invalid base path mapping identifier specified")
    return found


def _read_base_path(path: str) -> str:
    """The key of a base path. Raises CallRefused."""
    if path in ("", NO_BASE_PATH):
        return ""
    if "/" in path:
        raise bad_request(
            "API Gateway V1 doesn't support the slash character (/) in base path mappings. To "
            "create a multi-level base path mapping, use API Gateway V2."
        )
    return check_mapping_key(path)


def _set_base_path(mapping: DomainMapping, patch: Patch) -> DomainMapping:
    return replace(mapping, key=_read_base_path(patch.value))


_MAPPING_RULES: tuple[Rule[DomainMapping], ...] = (
    Rule("/basePath", _set_base_path),
    text("/restapiId", "api_id"),
    text("/restApiId", "api_id"),
    text("/stage", "stage"),
)
