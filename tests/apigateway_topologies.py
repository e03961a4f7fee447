"""APIs of API Gateway as a Topology has them, for tests of its data plane."""

from twin.topology.apigateway import (
    Api,
    ApiGatewayTopology,
    ApiMapping,
    CorsConfiguration,
    CustomDomain,
    GatewayResponse,
    Integration,
    Route,
    Stage,
    Throttle,
)

REGION = "eu-central-1"
ACCOUNT = "123456789012"
FUNCTION_ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:app"
LIVE = f"{FUNCTION_ARN}:live"
HTTP_ID, REST_ID = "h1a2b3c4d5", "r1a2b3c4d5"
HTTP_HOST = f"{HTTP_ID}.execute-api.{REGION}.amazonaws.com"
REST_HOST = f"{REST_ID}.execute-api.{REGION}.amazonaws.com"
DOMAIN = "api.muster.test"
CERTIFICATE_ARN = f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/1"
NO_THROTTLE = Throttle()
LOG_GROUP = "/aws/apigateway/app"


def proxy(payload_format: str = "2.0", *, timeout_ms: int = 30_000) -> Integration:
    """The function behind its alias."""
    return Integration(
        type="AWS_PROXY",
        function_arn=LIVE,
        payload_format="2.0" if payload_format == "2.0" else "1.0",
        timeout_ms=timeout_ms,
    )


def route(key: str, integration: Integration | None = None, **settings: object) -> Route:
    """A route by its key: `GET /a`, or `$default`."""
    method, _, path = key.rpartition(" ")
    throttle = settings.get("throttle", NO_THROTTLE)
    assert isinstance(throttle, Throttle)
    return Route(
        method=method or "ANY",
        path=path,
        integration=integration or proxy(),
        resource_id="abc123",
        throttle=throttle,
        detailed_metrics=bool(settings.get("detailed_metrics")),
    )


def http_api(
    *routes: Route,
    cors: CorsConfiguration | None = None,
    enabled: bool = True,
    throttle: Throttle = NO_THROTTLE,
    stages: tuple[str, ...] = ("$default",),
    log_format: str = "",
    api_id: str = HTTP_ID,
) -> Api:
    """An HTTP API; without routes it has `$default`."""
    return Api(
        id=api_id,
        name="app",
        type="HTTP",
        default_endpoint_enabled=enabled,
        cors=cors,
        stages=tuple(
            Stage(
                name=name,
                deployment_id="d1",
                routes=routes or (route("$default"),),
                throttle=throttle,
                access_log_group=LOG_GROUP if log_format else "",
                access_log_format=log_format,
            )
            for name in stages
        ),
    )


def rest_api(
    *routes: Route,
    enabled: bool = True,
    responses: tuple[GatewayResponse, ...] = (),
    binary: tuple[str, ...] = (),
    variables: dict[str, str] | None = None,
    stage: str = "prod",
    api_id: str = REST_ID,
) -> Api:
    """A REST API; without methods it has ANY of everything."""
    proxied = proxy("1.0", timeout_ms=29_000)
    default = (route("ANY /", proxied), route("ANY /{proxy+}", proxied))
    return Api(
        id=api_id,
        name="rest",
        type="REST",
        default_endpoint_enabled=enabled,
        binary_media_types=binary,
        stages=(
            Stage(
                name=stage,
                deployment_id="d2",
                routes=routes or default,
                variables=variables or {},
                gateway_responses=responses,
            ),
        ),
    )


def domain(*mappings: tuple[str, str, str], name: str = DOMAIN) -> CustomDomain:
    """A custom domain; a mapping is (key, API id, stage)."""
    return CustomDomain(
        name=name,
        regional_name=f"d-1.execute-api.{REGION}.amazonaws.com",
        certificate_arn=CERTIFICATE_ARN,
        mappings=tuple(
            ApiMapping(key=key, api_id=api, stage=stage) for key, api, stage in mappings
        ),
    )


def gateway(*parts: Api | CustomDomain, address: str = "", port: int = 443) -> ApiGatewayTopology:
    return ApiGatewayTopology(
        address=address,
        port=port,
        apis=tuple(part for part in parts if isinstance(part, Api)),
        domains=tuple(part for part in parts if isinstance(part, CustomDomain)),
    )
