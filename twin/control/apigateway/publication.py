"""API Gateway's part of the Topology: what each stage serves."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from twin.control.apigateway.access_logs import log_group_name
from twin.control.apigateway.functions import fill_stage_variables
from twin.control.apigateway.model import (
    ApiGatewayState,
    DomainRecord,
    HttpApi,
    HttpStage,
    RouteSettings,
)
from twin.control.apigateway.rest.method_settings import EVERY_METHOD, find_settings
from twin.control.apigateway.rest.model import (
    MethodSettings,
    RestApi,
    RestDeployment,
    RestStage,
)
from twin.core.apigateway.routes import route_key
from twin.topology.apigateway import (
    Api,
    ApiGatewayTopology,
    ApiMapping,
    CustomDomain,
    Route,
    Stage,
    Throttle,
)
from twin.topology.model import RegionTopology, Topology


def add_api_gateways(
    topology: Topology, state: ApiGatewayState, *, address: Callable[[str], str], port: int
) -> Topology:
    """The Topology with the API Gateway of each Region that has an API or a domain name.

    `address` gives the IP address of a Region's API Gateway.
    """
    regions = dict(topology.regions)
    for name in sorted({*_regions(state)}):
        gateway = ApiGatewayTopology(
            address=address(name),
            port=port,
            apis=tuple(_build_apis(state, name)),
            domains=tuple(
                _build_domain(domain)
                for _, domain in sorted(state.domains.items())
                if domain.region == name
            ),
        )
        regions[name] = replace(regions.get(name, RegionTopology()), api_gateway=gateway)
    return replace(topology, regions=regions)


def _regions(state: ApiGatewayState) -> Iterator[str]:
    yield from (api.region for api in state.http_apis.values())
    yield from (rest.region for rest in state.rest_apis.values())
    yield from (domain.region for domain in state.domains.values())


def _build_apis(state: ApiGatewayState, region: str) -> Iterator[Api]:
    """By type and id."""
    for _, api in sorted(state.http_apis.items()):
        if api.region == region:
            yield build_http_api(api)
    for _, rest in sorted(state.rest_apis.items()):
        if rest.region == region:
            yield build_rest_api(rest)


def build_http_api(api: HttpApi) -> Api:
    """The API with its stages that have a deployment."""
    return Api(
        id=api.id,
        name=api.name,
        type="HTTP",
        default_endpoint_enabled=api.default_endpoint_enabled,
        cors=api.cors,
        stages=tuple(
            _build_http_stage(stage, api.deployments[stage.deployment_id].routes)
            for _, stage in sorted(api.stages.items())
            if stage.deployment_id
        ),
    )


def _build_http_stage(stage: HttpStage, routes: tuple[Route, ...]) -> Stage:
    return Stage(
        name=stage.name,
        deployment_id=stage.deployment_id,
        routes=tuple(_build_route(route, stage) for route in routes),
        variables=stage.variables,
        throttle=_throttle(stage.default_settings),
        detailed_metrics=bool(stage.default_settings.detailed_metrics),
        access_log_group=log_group_name(stage.access_log_arn),
        access_log_format=stage.access_log_format,
    )


def _build_route(route: Route, stage: HttpStage) -> Route:
    """The route with the stage's variables and settings; what a route has not is the stage's."""
    settings = stage.route_settings.get(route_key(route.method, route.path))
    own = RouteSettings() if settings is None else settings
    default = stage.default_settings
    detailed = default.detailed_metrics if own.detailed_metrics is None else own.detailed_metrics
    arn = fill_stage_variables(route.integration.function_arn, stage.variables)
    return replace(
        route,
        integration=replace(route.integration, function_arn=arn),
        throttle=Throttle() if settings is None else _throttle(own),
        detailed_metrics=bool(detailed),
    )


def _throttle(settings: RouteSettings) -> Throttle:
    return Throttle(rate_per_s=settings.rate_per_s, burst=settings.burst)


# -- REST APIs


def build_rest_api(api: RestApi) -> Api:
    return Api(
        id=api.id,
        name=api.name,
        type="REST",
        default_endpoint_enabled=api.default_endpoint_enabled,
        binary_media_types=api.binary_media_types,
        stages=tuple(
            _build_rest_stage(stage, api.deployments[stage.deployment_id])
            for _, stage in sorted(api.stages.items())
        ),
    )


def _build_rest_stage(stage: RestStage, deployment: RestDeployment) -> Stage:
    default = stage.settings.get(EVERY_METHOD)
    return Stage(
        name=stage.name,
        deployment_id=deployment.id,
        routes=tuple(_build_method(route, stage, default) for route in deployment.routes),
        variables=stage.variables,
        throttle=_method_throttle(default),
        detailed_metrics=default is not None and default.metrics,
        access_log_group=log_group_name(stage.access_log_arn),
        access_log_format=stage.access_log_format,
        gateway_responses=deployment.gateway_responses,
    )


def _build_method(route: Route, stage: RestStage, default: MethodSettings | None) -> Route:
    own = find_settings(stage.settings, route.path, route.method)
    effective = default if own is None else own
    arn = fill_stage_variables(route.integration.function_arn, stage.variables)
    return replace(
        route,
        integration=replace(route.integration, function_arn=arn),
        throttle=_method_throttle(own),
        detailed_metrics=effective is not None and effective.metrics,
    )


def _method_throttle(settings: MethodSettings | None) -> Throttle:
    """-1 is no limit."""
    if settings is None:
        return Throttle()
    return Throttle(
        rate_per_s=None if settings.rate_per_s < 0 else settings.rate_per_s,
        burst=None if settings.burst < 0 else settings.burst,
    )


# -- domain names


def _build_domain(domain: DomainRecord) -> CustomDomain:
    return CustomDomain(
        name=domain.name,
        regional_name=domain.regional_name,
        certificate_arn=domain.certificate_arn,
        mappings=tuple(
            ApiMapping(key=mapping.key, api_id=mapping.api_id, stage=mapping.stage)
            for mapping in sorted(domain.mappings.values(), key=lambda one: one.key)
        ),
    )
