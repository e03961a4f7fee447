"""API Gateway: a permission is a verb of HTTP on the path of a resource.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagementv2.html
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
"""

from collections.abc import Iterable, Mapping
from urllib.parse import quote

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


def read_http_apis(
    operation: str, parameters: Parameters, scope: CallScope
) -> Iterable[Requirement]:
    return _read(*HTTP_APIS[operation], parameters, scope)


def _read(verb: str, path: str, parameters: Parameters, scope: CallScope) -> Iterable[Requirement]:
    """The ARN of a tagged resource is a part of the path, and so it is encoded."""
    if "ResourceArn" in parameters:
        parameters = {**parameters, "ResourceArn": quote(str(parameters["ResourceArn"]), safe="")}
    for resource in expand_resources(
        [f"arn:aws:apigateway:{scope.region}::{path}"], parameters, scope
    ):
        yield Requirement(action=f"apigateway:{verb}", resource=resource)
