"""API Gateway: a permission is a verb of HTTP on the path of a resource.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
"""

from collections.abc import Iterable, Mapping
from urllib.parse import quote, unquote

from twin.iam.requirements.model import CallScope, Parameters, Requirement, expand_resources

_API = "/apis/{ApiId}"
_DOMAIN = "/domainnames/{DomainName}"

HTTP_APIS: Mapping[str, tuple[str, str]] = {
    "CreateApi": ("POST", "/apis"),
    "CreateApiMapping": ("POST", f"{_DOMAIN}/apimappings"),
    "CreateDeployment": ("POST", f"{_API}/deployments"),
    "CreateDomainName": ("POST", "/domainnames"),
    "CreateIntegration": ("POST", f"{_API}/integrations"),
    "CreateRoute": ("POST", f"{_API}/routes"),
    "CreateStage": ("POST", f"{_API}/stages"),
    "DeleteAccessLogSettings": ("DELETE", f"{_API}/stages/{{StageName}}/accesslogsettings"),
    "DeleteApi": ("DELETE", _API),
    "DeleteApiMapping": ("DELETE", f"{_DOMAIN}/apimappings/{{ApiMappingId}}"),
    "DeleteCorsConfiguration": ("DELETE", f"{_API}/cors"),
    "DeleteDeployment": ("DELETE", f"{_API}/deployments/{{DeploymentId}}"),
    "DeleteDomainName": ("DELETE", _DOMAIN),
    "DeleteIntegration": ("DELETE", f"{_API}/integrations/{{IntegrationId}}"),
    "DeleteRoute": ("DELETE", f"{_API}/routes/{{RouteId}}"),
    "DeleteRouteSettings": ("DELETE", f"{_API}/stages/{{StageName}}/routesettings/{{RouteKey}}"),
    "DeleteStage": ("DELETE", f"{_API}/stages/{{StageName}}"),
    "GetApi": ("GET", _API),
    "GetApiMapping": ("GET", f"{_DOMAIN}/apimappings/{{ApiMappingId}}"),
    "GetApiMappings": ("GET", f"{_DOMAIN}/apimappings"),
    "GetApis": ("GET", "/apis"),
    "GetDeployment": ("GET", f"{_API}/deployments/{{DeploymentId}}"),
    "GetDeployments": ("GET", f"{_API}/deployments"),
    "GetDomainName": ("GET", _DOMAIN),
    "GetDomainNames": ("GET", "/domainnames"),
    "GetIntegration": ("GET", f"{_API}/integrations/{{IntegrationId}}"),
    "GetIntegrations": ("GET", f"{_API}/integrations"),
    "GetRoute": ("GET", f"{_API}/routes/{{RouteId}}"),
    "GetRoutes": ("GET", f"{_API}/routes"),
    "GetStage": ("GET", f"{_API}/stages/{{StageName}}"),
    "GetStages": ("GET", f"{_API}/stages"),
    "GetTags": ("GET", "/tags/{ResourceArn}"),
    "TagResource": ("POST", "/tags/{ResourceArn}"),
    "UntagResource": ("DELETE", "/tags/{ResourceArn}"),
    "UpdateApi": ("PATCH", _API),
    "UpdateApiMapping": ("PATCH", f"{_DOMAIN}/apimappings/{{ApiMappingId}}"),
    "UpdateDeployment": ("PATCH", f"{_API}/deployments/{{DeploymentId}}"),
    "UpdateDomainName": ("PATCH", _DOMAIN),
    "UpdateIntegration": ("PATCH", f"{_API}/integrations/{{IntegrationId}}"),
    "UpdateRoute": ("PATCH", f"{_API}/routes/{{RouteId}}"),
    "UpdateStage": ("PATCH", f"{_API}/stages/{{StageName}}"),
}
"""Operation of `apigatewayv2` -> verb and path."""


_NAME = "/domainnames/{domainName}"
_REST = "/restapis/{restApiId}"
_RESOURCE = f"{_REST}/resources/{{resourceId}}"
_METHOD = f"{_RESOURCE}/methods/{{httpMethod}}"
_INTEGRATION = f"{_METHOD}/integration"

REST_APIS: Mapping[str, tuple[str, str]] = {
    "CreateBasePathMapping": ("POST", f"{_NAME}/basepathmappings"),
    "CreateDeployment": ("POST", f"{_REST}/deployments"),
    "CreateDomainName": ("POST", "/domainnames"),
    "CreateResource": ("POST", f"{_REST}/resources/{{parentId}}"),
    "CreateRestApi": ("POST", "/restapis"),
    "CreateStage": ("POST", f"{_REST}/stages"),
    "DeleteBasePathMapping": ("DELETE", f"{_NAME}/basepathmappings/{{basePath}}"),
    "DeleteDeployment": ("DELETE", f"{_REST}/deployments/{{deploymentId}}"),
    "DeleteDomainName": ("DELETE", _NAME),
    "DeleteGatewayResponse": ("DELETE", f"{_REST}/gatewayresponses/{{responseType}}"),
    "DeleteIntegration": ("DELETE", _INTEGRATION),
    "DeleteIntegrationResponse": ("DELETE", f"{_INTEGRATION}/responses/{{statusCode}}"),
    "DeleteMethod": ("DELETE", _METHOD),
    "DeleteMethodResponse": ("DELETE", f"{_METHOD}/responses/{{statusCode}}"),
    "DeleteResource": ("DELETE", _RESOURCE),
    "DeleteRestApi": ("DELETE", _REST),
    "DeleteStage": ("DELETE", f"{_REST}/stages/{{stageName}}"),
    "GetAccount": ("GET", "/account"),
    "GetBasePathMapping": ("GET", f"{_NAME}/basepathmappings/{{basePath}}"),
    "GetBasePathMappings": ("GET", f"{_NAME}/basepathmappings"),
    "GetDeployment": ("GET", f"{_REST}/deployments/{{deploymentId}}"),
    "GetDeployments": ("GET", f"{_REST}/deployments"),
    "GetDomainName": ("GET", _NAME),
    "GetDomainNames": ("GET", "/domainnames"),
    "GetGatewayResponse": ("GET", f"{_REST}/gatewayresponses/{{responseType}}"),
    "GetGatewayResponses": ("GET", f"{_REST}/gatewayresponses"),
    "GetIntegration": ("GET", _INTEGRATION),
    "GetIntegrationResponse": ("GET", f"{_INTEGRATION}/responses/{{statusCode}}"),
    "GetMethod": ("GET", _METHOD),
    "GetMethodResponse": ("GET", f"{_METHOD}/responses/{{statusCode}}"),
    "GetResource": ("GET", _RESOURCE),
    "GetResources": ("GET", f"{_REST}/resources"),
    "GetRestApi": ("GET", _REST),
    "GetRestApis": ("GET", "/restapis"),
    "GetStage": ("GET", f"{_REST}/stages/{{stageName}}"),
    "GetStages": ("GET", f"{_REST}/stages"),
    "GetTags": ("GET", "/tags/{resourceArn}"),
    "PutGatewayResponse": ("PUT", f"{_REST}/gatewayresponses/{{responseType}}"),
    "PutIntegration": ("PUT", _INTEGRATION),
    "PutIntegrationResponse": ("PUT", f"{_INTEGRATION}/responses/{{statusCode}}"),
    "PutMethod": ("PUT", _METHOD),
    "PutMethodResponse": ("PUT", f"{_METHOD}/responses/{{statusCode}}"),
    "TagResource": ("PUT", "/tags/{resourceArn}"),
    "UntagResource": ("DELETE", "/tags/{resourceArn}"),
    "UpdateAccount": ("PATCH", "/account"),
    "UpdateBasePathMapping": ("PATCH", f"{_NAME}/basepathmappings/{{basePath}}"),
    "UpdateDeployment": ("PATCH", f"{_REST}/deployments/{{deploymentId}}"),
    "UpdateDomainName": ("PATCH", _NAME),
    "UpdateGatewayResponse": ("PATCH", f"{_REST}/gatewayresponses/{{responseType}}"),
    "UpdateIntegration": ("PATCH", _INTEGRATION),
    "UpdateIntegrationResponse": ("PATCH", f"{_INTEGRATION}/responses/{{statusCode}}"),
    "UpdateMethod": ("PATCH", _METHOD),
    "UpdateMethodResponse": ("PATCH", f"{_METHOD}/responses/{{statusCode}}"),
    "UpdateResource": ("PATCH", _RESOURCE),
    "UpdateRestApi": ("PATCH", _REST),
    "UpdateStage": ("PATCH", f"{_REST}/stages/{{stageName}}"),
}
"""Operation of `apigateway` -> verb and path."""


def read_http_apis(
    operation: str, parameters: Parameters, scope: CallScope
) -> Iterable[Requirement]:
    return _read(*HTTP_APIS[operation], parameters, scope)


def read_rest_apis(
    operation: str, parameters: Parameters, scope: CallScope
) -> Iterable[Requirement]:
    return _read(*REST_APIS[operation], parameters, scope)


def _read(verb: str, path: str, parameters: Parameters, scope: CallScope) -> Iterable[Requirement]:
    """The ARN of a tagged resource is a part of the path, and so it is encoded.

    API Gateway reads one that is encoded twice, and names of domains in capitals, as the same.
    """
    for name in ("ResourceArn", "resourceArn"):
        if name in parameters:
            parameters = {**parameters, name: quote(unquote(str(parameters[name])), safe="")}
    for name in ("DomainName", "domainName"):
        if name in parameters:
            parameters = {**parameters, name: str(parameters[name]).lower()}
    for resource in expand_resources(
        [f"arn:aws:apigateway:{scope.region}::{path}"], parameters, scope
    ):
        yield Requirement(action=f"apigateway:{verb}", resource=resource)
