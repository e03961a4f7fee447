"""Regional custom domain names, and their mappings to stages."""

from twin.provider.errors import ProviderError
from twin.provider.resources.apigateway.patches import MISSING, resource_arn
from twin.provider.resources.apigatewayv2.names import SERVICE, TAGGING
from twin.provider.schema.aspects import ModifyAspect
from twin.provider.schema.resource_type import (
    AwaitedState,
    AwsOperation,
    OperationContext,
    ResourceRef,
    ResourceType,
    block,
    output,
    string,
)
from twin.provider.values import Properties

_GET_DOMAIN = AwsOperation(operation="GetDomainName", id_param="DomainName")
_AVAILABLE = AwaitedState(
    call=_GET_DOMAIN,
    state="DomainNameConfigurations[0].DomainNameStatus",
    wanted=frozenset({"AVAILABLE"}),
    failed=frozenset({"PENDING_CERTIFICATE_REIMPORT", "PENDING_OWNERSHIP_VERIFICATION"}),
    failure_reason="DomainNameConfigurations[0].DomainNameStatusMessage",
)
_DOMAIN_SETTINGS = (
    block(
        "domainNameConfiguration",
        string("certificateArn", required=True),
        string("endpointType", required=True, choices=("REGIONAL",)),
        string("securityPolicy", required=True, choices=("TLS_1_2",)),
        string("ipAddressType", computed=True, choices=("ipv4", "dualstack")),
        string("ownershipVerificationCertificateArn", computed=True),
        string("hostedZoneId", output=True, computed=True),
        string("targetDomainName", aws="ApiGatewayDomainName", output=True, computed=True),
        aws="DomainNameConfigurations",
        required=True,
    ),
    block(
        "mutualTlsAuthentication",
        string("truststoreUri", required=True),
        string("truststoreVersion"),
    ),
    string(
        "routingMode",
        computed=True,
        choices=("API_MAPPING_ONLY", "ROUTING_RULE_ONLY", "ROUTING_RULE_THEN_API_MAPPING"),
    ),
)

DOMAIN_NAME = ResourceType(
    name="aws:apigatewayv2/domainName:DomainName",
    service=SERVICE,
    properties=(
        string("domainName", required=True, replaces=True),
        *_DOMAIN_SETTINGS,
        output("apiMappingSelectionExpression", "ApiMappingSelectionExpression"),
        resource_arn(lambda found: f"/domainnames/{found.id}"),
    ),
    create=AwsOperation(operation="CreateDomainName"),
    read=_GET_DOMAIN,
    delete=AwsOperation(operation="DeleteDomainName", id_param="DomainName"),
    resource_id="DomainName",
    not_found_codes=MISSING,
    ready=_AVAILABLE,
    aspects=(
        ModifyAspect(
            operation="UpdateDomainName", id_param="DomainName", properties=_DOMAIN_SETTINGS
        ),
    ),
    tagging=TAGGING,
)


def _mapping_params(ref: ResourceRef) -> Properties:
    return {"DomainName": ref.properties["domainName"], "ApiMappingId": ref.id}


def _find_imported_mapping(_: OperationContext, ref: ResourceRef) -> ResourceRef:
    own, slash, domain = ref.id.partition("/")
    if not slash and "domainName" in ref.properties:
        return ref
    if not (own and domain):
        raise ProviderError(f"'{ref.id}' can't be imported: expected apiMappingId/domainName")
    return ResourceRef(id=own, properties={**ref.properties, "domainName": domain})


_MAPPING_SETTINGS = (string("apiMappingKey", reset=""), string("stage", required=True))

API_MAPPING = ResourceType(
    name="aws:apigatewayv2/apiMapping:ApiMapping",
    service=SERVICE,
    properties=(
        string("apiId", required=True, replaces=True),
        string(
            "domainName",
            required=True,
            replaces=True,
            derive=lambda found: found.recorded["domainName"],
        ),
        *_MAPPING_SETTINGS,
    ),
    create=AwsOperation(operation="CreateApiMapping"),
    read=AwsOperation(operation="GetApiMapping", id_param=_mapping_params),
    delete=AwsOperation(operation="DeleteApiMapping", id_param=_mapping_params),
    resource_id="ApiMappingId",
    not_found_codes=MISSING,
    find_imported=_find_imported_mapping,
    aspects=(
        ModifyAspect(
            operation="UpdateApiMapping",
            id_param=_mapping_params,
            properties=_MAPPING_SETTINGS,
            only_changed=True,
            # It is always given.
            extra_params=lambda _, new: {"ApiId": new["apiId"]},
        ),
    ),
)

TYPES = (DOMAIN_NAME, API_MAPPING)
