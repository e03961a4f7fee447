"""API Gateway as control runs it: the operations of its two APIs on one saved state."""

from collections.abc import Callable

from twin.control.apigateway.domain_rules import FindCertificate
from twin.control.apigateway.http import apis, deployments, routes, stages
from twin.control.apigateway.http.domains import DomainOperations
from twin.control.apigateway.model import ApiGatewayState
from twin.control.apigateway.tags import read_tags, tag_resource, untag_resource
from twin.control.document_service import (
    CallContext,
    DocumentService,
    Operation,
    Params,
    Result,
)
from twin.moto.aws_call import AwsCall
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

    @property
    def state(self) -> ApiGatewayState:
        return self.http_apis.state
