"""One Region's HTTP API in front of the function, with its custom domain names.

Each Region has two names: the one that all Regions share, and one of its own for the health check
and for clients that want this Region. Only these lead to the API: its default endpoint is off.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
from pulumi_aws.apigatewayv2 import (
    Api,
    ApiCorsConfigurationArgs,
    ApiMapping,
    DomainName,
    DomainNameDomainNameConfigurationArgs,
    Integration,
    Route,
    Stage,
    StageAccessLogSettingsArgs,
    StageDefaultRouteSettingsArgs,
)
from pulumi_aws.cloudwatch import LogGroup
from pulumi_aws.lambda_ import Permission

from infra.dns.settings import ApiSettings
from infra.function import RegionalFunction
from infra.service import EXPOSED_HEADERS

DEFAULT_STAGE = "$default"
PREFLIGHT_AGE_S = 600
ACCESS_LOG_FORMAT = json.dumps(
    {
        "requestId": "$context.requestId",
        "time": "$context.requestTime",
        "ip": "$context.identity.sourceIp",
        "host": "$context.domainName",
        "method": "$context.httpMethod",
        "path": "$context.path",
        "protocol": "$context.protocol",
        "status": "$context.status",
        "bytes": "$context.responseLength",
        "latencyMs": "$context.responseLatency",
        "integrationLatencyMs": "$context.integrationLatency",
        "error": "$context.error.message",
        "integrationError": "$context.integrationErrorMessage",
    }
)
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionalApiArgs:
    region: str
    prefix: str
    function: RegionalFunction
    shared_name: str
    own_name: str
    certificate_arn: pulumi.Input[str]
    """Of both names."""
    settings: ApiSettings
    cors_origins: tuple[str, ...]
    """Empty: API Gateway leaves CORS to the function."""
    log_retention_days: int
    key_arn: str | None
    """KMS key of the access log; None: a key that AWS owns."""
    protect: bool
    """Whether Pulumi refuses to delete the API, and so the Region's part of this door."""
    tags: Mapping[str, str]


class RegionalApi(pulumi.ComponentResource):
    """HTTP API, stage with throttle and access log, domain names, permission to invoke."""

    api_id: pulumi.Output[str]
    shared: DomainName
    own: DomainName
    mappings: tuple[ApiMapping, ApiMapping]

    def __init__(
        self, name: str, args: RegionalApiArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("muster:infra:RegionalApi", name, None, opts)
        self._name = name
        self._args = args
        self._child = pulumi.ResourceOptions(parent=self)
        api = self._api()
        route = self._route(api, self._permission(api))
        stage = self._stage(api, route)
        self.api_id = api.id
        self.shared = self._domain("shared", args.shared_name)
        self.own = self._domain("own", args.own_name)
        self.mappings = (
            self._mapping("shared", self.shared, api, stage),
            self._mapping("own", self.own, api, stage),
        )
        self.register_outputs(
            {"api_id": self.api_id, "domain": self.shared.domain_name_configuration}
        )

    def _api(self) -> Api:
        return Api(
            f"{self._name}-api",
            region=self._args.region,
            name=self._args.prefix,
            description="The service behind Route 53",
            protocol_type="HTTP",
            disable_execute_api_endpoint=True,
            cors_configuration=_cors(self._args.cors_origins),
            tags=dict(self._args.tags),
            opts=pulumi.ResourceOptions(parent=self, protect=self._args.protect),
        )

    def _permission(self, api: Api) -> Permission:
        """Permit only this API's default route to invoke the alias.

        https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-troubleshooting-lambda.html
        """
        function = self._args.function
        return Permission(
            f"{self._name}-api-permission",
            region=self._args.region,
            statement_id="api-gateway",
            action="lambda:InvokeFunction",
            function=function.function_name,
            qualifier=function.alias_name,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(api.execution_arn, "/*/", DEFAULT_STAGE),
            # Two statements can't have the same id.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )

    def _route(self, api: Api, permission: Permission) -> Route:
        integration = Integration(
            f"{self._name}-integration",
            region=self._args.region,
            api_id=api.id,
            integration_type="AWS_PROXY",
            integration_uri=self._args.function.alias_arn,
            payload_format_version="2.0",
            opts=pulumi.ResourceOptions(parent=self, depends_on=[permission]),
        )
        return Route(
            f"{self._name}-route",
            region=self._args.region,
            api_id=api.id,
            route_key="$default",
            target=pulumi.Output.concat("integrations/", integration.id),
            opts=self._child,
        )

    def _stage(self, api: Api, route: Route) -> Stage:
        log_group = LogGroup(
            f"{self._name}-api-log",
            region=self._args.region,
            name=f"/aws/apigateway/{self._args.prefix}",
            retention_in_days=self._args.log_retention_days,
            kms_key_id=self._args.key_arn,
            tags=dict(self._args.tags),
            opts=self._child,
        )
        settings = self._args.settings
        return Stage(
            f"{self._name}-stage",
            region=self._args.region,
            api_id=api.id,
            name=DEFAULT_STAGE,
            auto_deploy=True,
            default_route_settings=StageDefaultRouteSettingsArgs(
                throttling_rate_limit=settings.rate_per_s, throttling_burst_limit=settings.burst
            ),
            access_log_settings=StageAccessLogSettingsArgs(
                destination_arn=log_group.arn, format=ACCESS_LOG_FORMAT
            ),
            tags=dict(self._args.tags),
            # A stage without routes would answer 404 meanwhile.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[route]),
        )

    def _domain(self, suffix: str, domain: str) -> DomainName:
        return DomainName(
            f"{self._name}-{suffix}-domain",
            region=self._args.region,
            domain_name=domain,
            domain_name_configuration=DomainNameDomainNameConfigurationArgs(
                certificate_arn=self._args.certificate_arn,
                endpoint_type="REGIONAL",
                security_policy="TLS_1_2",
            ),
            tags=dict(self._args.tags),
            opts=self._child,
        )

    def _mapping(self, suffix: str, domain: DomainName, api: Api, stage: Stage) -> ApiMapping:
        return ApiMapping(
            f"{self._name}-{suffix}-mapping",
            region=self._args.region,
            api_id=api.id,
            domain_name=domain.id,
            stage=stage.id,
            opts=self._child,
        )


def _cors(origins: tuple[str, ...]) -> ApiCorsConfigurationArgs | None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html"""
    if not origins:
        return None
    return ApiCorsConfigurationArgs(
        allow_origins=list(origins),
        allow_methods=["GET", "HEAD", "POST", "PUT", "DELETE"],
        allow_headers=["accept", "content-type", "idempotency-key"],
        expose_headers=EXPOSED_HEADERS.lower().split(", "),
        max_age=PREFLIGHT_AGE_S,
    )
