"""What the API `apigateway` answers about resources."""

from typing import Any

from twin.control.apigateway.entries import given_members
from twin.control.apigateway.model import DomainMapping, DomainRecord
from twin.control.apigateway.rest.model import (
    AccountSettings,
    GatewayResponseRecord,
    IntegrationResponse,
    MethodResponse,
    MethodSettings,
    RestApi,
    RestDeployment,
    RestIntegration,
    RestMethod,
    RestResource,
    RestStage,
)
from twin.core.apigateway.throttle import ACCOUNT_BURST, ACCOUNT_RATE_PER_S
from twin.core.dns.hosted_zone_ids import API_GATEWAY_ZONES

Document = dict[str, Any]
NO_BASE_PATH = "(none)"


def api_document(api: RestApi) -> Document:
    document: Document = {
        "id": api.id,
        "name": api.name,
        "createdDate": int(api.created_at),
        "apiKeySource": api.api_key_source,
        "endpointConfiguration": {
            "types": [api.endpoint_type],
            "ipAddressType": api.ip_address_type,
        },
        "disableExecuteApiEndpoint": not api.default_endpoint_enabled,
        "rootResourceId": api.root_id,
        "tags": api.tags,
    }
    if api.minimum_compression_size is not None:
        document["minimumCompressionSize"] = api.minimum_compression_size
    return document | given_members(
        description=api.description,
        version=api.version,
        binaryMediaTypes=list(api.binary_media_types),
    )


def account_document(settings: AccountSettings) -> Document:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetAccount.html"""
    return {
        "throttleSettings": {"burstLimit": ACCOUNT_BURST, "rateLimit": ACCOUNT_RATE_PER_S},
        "features": ["UsagePlans"],
        "apiKeyVersion": "4",
        **given_members(cloudwatchRoleArn=settings.cloudwatch_role_arn),
    }


def resource_document(api: RestApi, resource: RestResource, *, methods: bool) -> Document:
    """With the methods' contents if asked for, else with their names alone."""
    document: Document = {"id": resource.id, "path": api.path(resource)}
    if resource.methods:
        document["resourceMethods"] = {
            name: method_document(method) if methods else {}
            for name, method in sorted(resource.methods.items())
        }
    return document | given_members(parentId=resource.parent_id, pathPart=resource.path_part)


def method_document(method: RestMethod) -> Document:
    document: Document = {
        "httpMethod": method.http_method,
        "authorizationType": "NONE",
        "apiKeyRequired": False,
        **given_members(
            operationName=method.operation_name,
            requestParameters=method.request_parameters,
            requestModels=method.request_models,
        ),
    }
    if method.responses:
        document["methodResponses"] = {
            status: method_response_document(one) for status, one in method.responses.items()
        }
    if method.integration is not None:
        document["methodIntegration"] = integration_document(method.integration)
    return document


def method_response_document(response: MethodResponse) -> Document:
    return {
        "statusCode": response.status,
        **given_members(responseParameters=response.parameters, responseModels=response.models),
    }


def integration_document(integration: RestIntegration) -> Document:
    document: Document = {
        "type": integration.type,
        "passthroughBehavior": integration.passthrough_behavior,
        "timeoutInMillis": integration.timeout_ms,
        "cacheNamespace": integration.cache_namespace,
        "cacheKeyParameters": list(integration.cache_key_parameters),
        **given_members(
            httpMethod=integration.http_method,
            uri=integration.uri,
            contentHandling=integration.content_handling,
            requestTemplates=integration.request_templates,
        ),
    }
    if integration.responses:
        document["integrationResponses"] = {
            status: integration_response_document(one)
            for status, one in integration.responses.items()
        }
    return document


def integration_response_document(response: IntegrationResponse) -> Document:
    document: Document = {
        "statusCode": response.status,
        **given_members(
            responseParameters=response.parameters,
            responseTemplates=response.templates,
            contentHandling=response.content_handling,
        ),
    }
    if response.selection_pattern is not None:
        document["selectionPattern"] = response.selection_pattern
    return document


def deployment_document(deployment: RestDeployment, *, summary: bool = False) -> Document:
    document: Document = {
        "id": deployment.id,
        "createdDate": int(deployment.created_at),
        **given_members(description=deployment.description),
    }
    if summary:
        methods: dict[str, dict[str, Document]] = {}
        for route in deployment.routes:
            snapshot = {"authorizationType": "NONE", "apiKeyRequired": False}
            methods.setdefault(route.path, {})[route.method] = snapshot
        document["apiSummary"] = methods
    return document


def stage_document(stage: RestStage) -> Document:
    document: Document = {
        "deploymentId": stage.deployment_id,
        "stageName": stage.name,
        "cacheClusterEnabled": False,
        "cacheClusterStatus": "NOT_AVAILABLE",
        "methodSettings": {key: settings_document(one) for key, one in stage.settings.items()},
        "tracingEnabled": stage.tracing_enabled,
        "createdDate": int(stage.created_at),
        "lastUpdatedDate": int(stage.updated_at),
        **given_members(
            description=stage.description,
            variables=stage.variables,
            documentationVersion=stage.documentation_version,
            tags=stage.tags,
        ),
    }
    if stage.access_log_arn or stage.access_log_format:
        document["accessLogSettings"] = given_members(
            destinationArn=stage.access_log_arn, format=stage.access_log_format
        )
    return document


def settings_document(settings: MethodSettings) -> Document:
    return {
        "metricsEnabled": settings.metrics,
        "loggingLevel": settings.logging_level,
        "dataTraceEnabled": settings.data_trace,
        "throttlingBurstLimit": settings.burst,
        "throttlingRateLimit": settings.rate_per_s,
        "cachingEnabled": False,
        "cacheTtlInSeconds": 300,
        "cacheDataEncrypted": False,
        "requireAuthorizationForCacheControl": True,
        "unauthorizedCacheControlHeaderStrategy": "SUCCEED_WITH_RESPONSE_HEADER",
    }


def gateway_response_document(response: GatewayResponseRecord, *, default: bool) -> Document:
    return {
        "responseType": response.type,
        "responseParameters": response.parameters,
        "responseTemplates": response.templates,
        "defaultResponse": default,
        **given_members(statusCode=response.status),
    }


def domain_document(domain: DomainRecord) -> Document:
    return {
        "domainName": domain.name,
        "domainNameArn": f"arn:aws:apigateway:{domain.region}::/domainnames/{domain.name}",
        "regionalDomainName": domain.regional_name,
        "regionalHostedZoneId": API_GATEWAY_ZONES[domain.region],
        "regionalCertificateArn": domain.certificate_arn,
        "certificateUploadDate": int(domain.certificate_uploaded_at),
        "endpointConfiguration": {
            "types": ["REGIONAL"],
            "ipAddressType": domain.ip_address_type,
        },
        "domainNameStatus": "AVAILABLE",
        "securityPolicy": domain.security_policy,
        "routingMode": "BASE_PATH_MAPPING_ONLY",
        "tags": domain.tags,
        **given_members(ownershipVerificationCertificateArn=domain.ownership_certificate_arn),
    }


def mapping_document(mapping: DomainMapping) -> Document:
    return {
        "basePath": mapping.key or NO_BASE_PATH,
        "restApiId": mapping.api_id,
        **given_members(stage=mapping.stage),
    }
