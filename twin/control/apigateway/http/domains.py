"""Custom domain names, and their mappings to stages, as the API `apigatewayv2` has them.

https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-custom-domain-names.html
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html
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
from twin.control.apigateway.errors import bad_request, not_found, refuse_unserved, unserved
from twin.control.apigateway.http.documents import domain_document, mapping_document
from twin.control.apigateway.http.lists import list_page
from twin.control.apigateway.limits import HTTP_API_CODE
from twin.control.apigateway.model import (
    ApiGatewayState,
    DomainMapping,
    DomainRecord,
)
from twin.control.apigateway.tags import check_tags
from twin.control.document_service import CallContext, Operation, Params, Result

_MAPPING_ID_LENGTH = 6
_UNSERVED = {"MutualTlsAuthentication": "mutual TLS"}

Change = tuple[ApiGatewayState, Result]


class DomainOperations:
    """Operations on domain names; they have to know the certificates."""

    def __init__(self, find_certificate: FindCertificate) -> None:
        self._find_certificate = find_certificate

    def by_name(self) -> dict[str, Operation[ApiGatewayState]]:
        return {
            "CreateApiMapping": create_api_mapping,
            "CreateDomainName": self.create_domain_name,
            "DeleteApiMapping": delete_api_mapping,
            "DeleteDomainName": delete_domain_name,
            "GetApiMapping": get_api_mapping,
            "GetApiMappings": get_api_mappings,
            "GetDomainName": get_domain_name,
            "GetDomainNames": get_domain_names,
            "UpdateApiMapping": update_api_mapping,
            "UpdateDomainName": self.update_domain_name,
        }

    def create_domain_name(
        self, state: ApiGatewayState, context: CallContext, params: Params
    ) -> Change:
        """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames.html"""
        name = check_domain_name(params["DomainName"])
        given = _configuration(params)
        domain = DomainRecord(
            name=name,
            region=context.region,
            regional_name=make_regional_name(context),
            certificate_arn=check_certificate(
                given.get("CertificateArn"), name, context, self._find_certificate
            ),
            certificate_uploaded_at=context.now,
            ownership_certificate_arn=given.get("OwnershipVerificationCertificateArn", ""),
            security_policy=_security_policy(given),
            ip_address_type=given.get("IpAddressType", "ipv4"),
            tags=check_tags(params.get("Tags") or {}),
        )
        return add_domain(state, domain, HTTP_API_CODE), domain_document(domain)

    def update_domain_name(
        self, state: ApiGatewayState, context: CallContext, params: Params
    ) -> Change:
        """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname.html"""
        old = state.domain(params["DomainName"], context.region)
        given = _configuration(params)
        arn = given.get("CertificateArn", old.certificate_arn)
        if arn != old.certificate_arn:
            arn = check_certificate(arn, old.name, context, self._find_certificate)
        is_new = arn != old.certificate_arn
        domain = replace(
            old,
            certificate_arn=arn,
            certificate_uploaded_at=context.now if is_new else old.certificate_uploaded_at,
            ownership_certificate_arn=given.get(
                "OwnershipVerificationCertificateArn", old.ownership_certificate_arn
            ),
            ip_address_type=given.get("IpAddressType", old.ip_address_type),
        )
        _security_policy(given)
        return state.put_domain(domain), domain_document(domain)


def _configuration(params: Params) -> Mapping[str, Any]:
    """The one configuration of a call. Raises CallRefused."""
    refuse_unserved(params, _UNSERVED)
    if params.get("RoutingMode", "API_MAPPING_ONLY") != "API_MAPPING_ONLY":
        raise unserved("routing rules (RoutingMode)")
    found = list(params.get("DomainNameConfigurations") or ())
    if len(found) > 1:
        raise bad_request("Only one DomainNameConfiguration is supported for a domain name")
    given: Mapping[str, Any] = found[0] if found else {}
    if given.get("EndpointType", "REGIONAL") != "REGIONAL":
        raise unserved("edge-optimized domain names (EndpointType EDGE)")
    return given


def _security_policy(given: Mapping[str, Any]) -> str:
    policy = str(given.get("SecurityPolicy", "TLS_1_2"))
    if policy != "TLS_1_2":
        raise bad_request(
            f"Invalid security policy {policy}: the API apigatewayv2 only supports TLS_1_2"
        )
    return policy


def get_domain_name(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    return state, domain_document(state.domain(params["DomainName"], context.region))


def get_domain_names(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    found = {one.name: one for one in state.domains.values() if one.region == context.region}
    return state, list_page(found, domain_document, params)


def delete_domain_name(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """With its mappings."""
    return state.remove_domain(state.domain(params["DomainName"], context.region)), {}


# -- mappings


def create_api_mapping(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/domainnames-domainname-apimappings.html"""
    domain = state.domain(params["DomainName"], context.region)
    key = check_mapping_key(params.get("ApiMappingKey", ""))
    _check_stage(state, context, params["ApiId"], params["Stage"])
    check_mapping(key, domain.mappings.values(), HTTP_API_CODE)
    mapping = DomainMapping(
        id=context.token(_MAPPING_ID_LENGTH), key=key, api_id=params["ApiId"], stage=params["Stage"]
    )
    changed = replace(domain, mappings=put(domain.mappings, mapping.id, mapping))
    return state.put_domain(changed), mapping_document(mapping)


def update_api_mapping(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    domain = state.domain(params["DomainName"], context.region)
    old = _mapping(domain, params)
    key = check_mapping_key(params.get("ApiMappingKey", old.key))
    stage = params.get("Stage", old.stage)
    _check_stage(state, context, params["ApiId"], stage)
    others = [mapping for mapping in domain.mappings.values() if mapping.id != old.id]
    check_mapping(key, others, HTTP_API_CODE)
    mapping = replace(old, key=key, api_id=params["ApiId"], stage=stage)
    changed = replace(domain, mappings=put(domain.mappings, mapping.id, mapping))
    return state.put_domain(changed), mapping_document(mapping)


def get_api_mapping(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    domain = state.domain(params["DomainName"], context.region)
    return state, mapping_document(_mapping(domain, params))


def get_api_mappings(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    domain = state.domain(params["DomainName"], context.region)
    return state, list_page(domain.mappings, mapping_document, params)


def delete_api_mapping(state: ApiGatewayState, context: CallContext, params: Params) -> Change:
    domain = state.domain(params["DomainName"], context.region)
    found = _mapping(domain, params)
    changed = replace(domain, mappings=without(domain.mappings, found.id))
    return state.put_domain(changed), {}


def _mapping(domain: DomainRecord, params: Params) -> DomainMapping:
    found = domain.mappings.get(params["ApiMappingId"])
    if found is None:
        raise not_found("The api mapping resource specified in the request was not found.")
    return found


def _check_stage(state: ApiGatewayState, context: CallContext, api_id: str, stage: str) -> None:
    if stage not in state.stage_names(api_id, context.region, context.account):
        raise bad_request("Invalid stage identifier specified")
