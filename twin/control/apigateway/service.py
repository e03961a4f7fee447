"""API Gateway as control runs it: the operations of its two APIs on one saved state."""

from collections.abc import Callable

from twin.control.apigateway.domain_rules import FindCertificate
from twin.control.apigateway.http import apis, deployments, routes, stages
from twin.control.apigateway.http.domains import DomainOperations
from twin.control.apigateway.model import ApiGatewayState
from twin.control.apigateway.rest import apis as rest_apis
from twin.control.apigateway.rest import domains as rest_domains
from twin.control.apigateway.rest import (
    gateway_responses,
    integrations,
    methods,
    resources,
)
from twin.control.apigateway.rest import stages as rest_stages
from twin.control.apigateway.tags import read_tags, tag_resource, untag_resource
from twin.control.document_service import (
    CallContext,
    DocumentService,
    Operation,
    Params,
    Result,
)
from twin.moto.calls.aws_call import AwsCall
from twin.runtime.instance import Instance


def get_tags(
    state: ApiGatewayState, context: CallContext, params: Params
) -> tuple[ApiGatewayState, Result]:
    """https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/tags-resource-arn.html"""
    return state, {"Tags": read_tags(state, context, params)}


def http_operations(find_certificate: FindCertificate) -> dict[str, Operation[ApiGatewayState]]:
    """The served operations of the API `apigatewayv2`."""
    return {
        **DomainOperations(find_certificate).by_name(),
        "CreateApi": apis.create_api,
        "CreateDeployment": deployments.create_deployment,
        "CreateIntegration": routes.create_integration,
        "CreateRoute": routes.create_route,
        "CreateStage": stages.create_stage,
        "DeleteAccessLogSettings": stages.delete_access_log_settings,
        "DeleteApi": apis.delete_api,
        "DeleteCorsConfiguration": apis.delete_cors_configuration,
        "DeleteDeployment": deployments.delete_deployment,
        "DeleteIntegration": routes.delete_integration,
        "DeleteRoute": routes.delete_route,
        "DeleteRouteSettings": stages.delete_route_settings,
        "DeleteStage": stages.delete_stage,
        "GetApi": apis.get_api,
        "GetApis": apis.get_apis,
        "GetDeployment": deployments.get_deployment,
        "GetDeployments": deployments.get_deployments,
        "GetIntegration": routes.get_integration,
        "GetIntegrations": routes.get_integrations,
        "GetRoute": routes.get_route,
        "GetRoutes": routes.get_routes,
        "GetStage": stages.get_stage,
        "GetStages": stages.get_stages,
        "GetTags": get_tags,
        "TagResource": tag_resource,
        "UntagResource": untag_resource,
        "UpdateApi": apis.update_api,
        "UpdateDeployment": deployments.update_deployment,
        "UpdateIntegration": routes.update_integration,
        "UpdateRoute": routes.update_route,
        "UpdateStage": stages.update_stage,
    }


def get_rest_tags(
    state: ApiGatewayState, context: CallContext, params: Params
) -> tuple[ApiGatewayState, Result]:
    """https://docs.aws.amazon.com/apigateway/latest/api/API_GetTags.html"""
    return state, {"tags": read_tags(state, context, params)}


def rest_operations(find_certificate: FindCertificate) -> dict[str, Operation[ApiGatewayState]]:
    """The served operations of the API `apigateway`."""
    return {
        **rest_domains.DomainOperations(find_certificate).by_name(),
        "CreateDeployment": rest_stages.create_deployment,
        "CreateResource": resources.create_resource,
        "CreateRestApi": rest_apis.create_rest_api,
        "CreateStage": rest_stages.create_stage,
        "DeleteDeployment": rest_stages.delete_deployment,
        "DeleteGatewayResponse": gateway_responses.delete_gateway_response,
        "DeleteIntegration": integrations.delete_integration,
        "DeleteIntegrationResponse": integrations.delete_integration_response,
        "DeleteMethod": methods.delete_method,
        "DeleteMethodResponse": methods.delete_method_response,
        "DeleteResource": resources.delete_resource,
        "DeleteRestApi": rest_apis.delete_rest_api,
        "DeleteStage": rest_stages.delete_stage,
        "GetAccount": rest_apis.get_account,
        "GetDeployment": rest_stages.get_deployment,
        "GetDeployments": rest_stages.get_deployments,
        "GetGatewayResponse": gateway_responses.get_gateway_response,
        "GetGatewayResponses": gateway_responses.get_gateway_responses,
        "GetIntegration": integrations.get_integration,
        "GetIntegrationResponse": integrations.get_integration_response,
        "GetMethod": methods.get_method,
        "GetMethodResponse": methods.get_method_response,
        "GetResource": resources.get_resource,
        "GetResources": resources.get_resources,
        "GetRestApi": rest_apis.get_rest_api,
        "GetRestApis": rest_apis.get_rest_apis,
        "GetStage": rest_stages.get_stage,
        "GetStages": rest_stages.get_stages,
        "PutGatewayResponse": gateway_responses.put_gateway_response,
        "PutIntegration": integrations.put_integration,
        "PutIntegrationResponse": integrations.put_integration_response,
        "PutMethod": methods.put_method,
        "PutMethodResponse": methods.put_method_response,
        "UpdateAccount": rest_apis.update_account,
        "UpdateDeployment": rest_stages.update_deployment,
        "UpdateGatewayResponse": gateway_responses.update_gateway_response,
        "UpdateIntegration": integrations.update_integration,
        "UpdateIntegrationResponse": integrations.update_integration_response,
        "UpdateMethod": methods.update_method,
        "UpdateMethodResponse": methods.update_method_response,
        "UpdateResource": resources.update_resource,
        "UpdateRestApi": rest_apis.update_rest_api,
        "UpdateStage": rest_stages.update_stage,
        "GetTags": get_rest_tags,
        "TagResource": tag_resource,
        "UntagResource": untag_resource,
    }


class ApiGateway:
    """The services of both APIs."""

    def __init__(
        self,
        *,
        instance: Instance,
        find_certificate: FindCertificate,
        make_context: Callable[[AwsCall], CallContext],
        on_change: Callable[[], None],
    ) -> None:
        """`on_change` publishes the Topology."""
        self.http_apis = DocumentService(
            instance.state_dir / "control" / "apigateway.json",
            ApiGatewayState(),
            operations=http_operations(find_certificate),
            queries={},
            make_context=make_context,
            on_change=lambda _before, _after: on_change(),
        )
        self.rest_apis = self.http_apis.with_operations(rest_operations(find_certificate))

    @property
    def state(self) -> ApiGatewayState:
        return self.http_apis.state
