"""What the API `apigatewayv2` answers about resources."""

from typing import Any

from twin.control.apigateway.entries import given_members
from twin.control.apigateway.model import (
    DomainMapping,
    DomainRecord,
    HttpApi,
    HttpDeployment,
    HttpIntegration,
    HttpRoute,
    HttpStage,
    RouteSettings,
)
from twin.core.dns.hosted_zone_ids import API_GATEWAY_ZONES
from twin.topology.apigateway import CorsConfiguration

Document = dict[str, Any]


def api_document(api: HttpApi) -> Document:
    document: Document = {
        "ApiEndpoint": f"https://{api.id}.execute-api.{api.region}.amazonaws.com",
        "ApiId": api.id,
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "CreatedDate": int(api.created_at),
        "DisableExecuteApiEndpoint": not api.default_endpoint_enabled,
        "IpAddressType": api.ip_address_type,
        "Name": api.name,
        "ProtocolType": "HTTP",
        "RouteSelectionExpression": "$request.method $request.path",
        "Tags": api.tags,
    }
    if api.cors is not None:
        document["CorsConfiguration"] = _cors_document(api.cors)
    return document | given_members(Description=api.description, Version=api.version)


def _cors_document(cors: CorsConfiguration) -> Document:
    lists = given_members(
        AllowHeaders=list(cors.allow_headers),
        AllowMethods=list(cors.allow_methods),
        AllowOrigins=list(cors.allow_origins),
        ExposeHeaders=list(cors.expose_headers),
    )
    max_age = {} if cors.max_age_s is None else {"MaxAge": cors.max_age_s}
    return {"AllowCredentials": cors.allow_credentials, **lists, **max_age}


def integration_document(integration: HttpIntegration) -> Document:
    return {
        "ConnectionType": "INTERNET",
        "IntegrationId": integration.id,
        "IntegrationMethod": "POST",
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": integration.uri,
        "PayloadFormatVersion": integration.payload_format,
        "TimeoutInMillis": integration.timeout_ms,
        **given_members(Description=integration.description, ApiGatewayManaged=integration.managed),
    }


def route_document(route: HttpRoute) -> Document:
    target = f"integrations/{route.integration_id}" if route.integration_id else ""
    return {
        "ApiKeyRequired": False,
        "AuthorizationType": "NONE",
        "RouteId": route.id,
        "RouteKey": route.key,
        **given_members(
            OperationName=route.operation_name, Target=target, ApiGatewayManaged=route.managed
        ),
    }


def stage_document(stage: HttpStage) -> Document:
    document: Document = {
        "AutoDeploy": stage.auto_deploy,
        "CreatedDate": int(stage.created_at),
        "DefaultRouteSettings": settings_document(stage.default_settings),
        "LastUpdatedDate": int(stage.updated_at),
        "RouteSettings": {
            key: settings_document(found) for key, found in stage.route_settings.items()
        },
        "StageName": stage.name,
        "StageVariables": stage.variables,
        "Tags": stage.tags,
    }
    if stage.access_log_arn:
        document["AccessLogSettings"] = {
            "DestinationArn": stage.access_log_arn,
            "Format": stage.access_log_format,
        }
    return document | given_members(
        DeploymentId=stage.deployment_id,
        Description=stage.description,
        LastDeploymentStatusMessage=stage.status_message,
        ApiGatewayManaged=stage.managed,
    )


def settings_document(settings: RouteSettings) -> Document:
    document: Document = {"DetailedMetricsEnabled": bool(settings.detailed_metrics)}
    if settings.burst is not None:
        document["ThrottlingBurstLimit"] = settings.burst
    if settings.rate_per_s is not None:
        document["ThrottlingRateLimit"] = settings.rate_per_s
    return document


def deployment_document(deployment: HttpDeployment) -> Document:
    return {
        "AutoDeployed": deployment.automatic,
        "CreatedDate": int(deployment.created_at),
        "DeploymentId": deployment.id,
        "DeploymentStatus": "DEPLOYED",
        **given_members(Description=deployment.description),
    }


def domain_document(domain: DomainRecord) -> Document:
    configuration: Document = {
        "ApiGatewayDomainName": domain.regional_name,
        "CertificateArn": domain.certificate_arn,
        "CertificateUploadDate": int(domain.certificate_uploaded_at),
        "DomainNameStatus": "AVAILABLE",
        "EndpointType": "REGIONAL",
        "HostedZoneId": API_GATEWAY_ZONES[domain.region],
        "IpAddressType": domain.ip_address_type,
        "SecurityPolicy": domain.security_policy,
        **given_members(OwnershipVerificationCertificateArn=domain.ownership_certificate_arn),
    }
    return {
        "ApiMappingSelectionExpression": "$request.basepath",
        "DomainName": domain.name,
        "DomainNameArn": f"arn:aws:apigateway:{domain.region}::/domainnames/{domain.name}",
        "DomainNameConfigurations": [configuration],
        "RoutingMode": "API_MAPPING_ONLY",
        "Tags": domain.tags,
    }


def mapping_document(mapping: DomainMapping) -> Document:
    return {
        "ApiId": mapping.api_id,
        "ApiMappingId": mapping.id,
        "ApiMappingKey": mapping.key,
        "Stage": mapping.stage,
    }
