"""From a host name and a path to the API and its stage.

A request names an API by its default endpoint, `ID.execute-api.REGION.amazonaws.com`, or by a
custom domain name, whose mappings choose by the longest matching path and by nothing else:
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-mappings.html

The names of custom domains' targets (`d-ID.execute-api...`) are no names of APIs.
"""

from dataclasses import dataclass

from twin.core.apigateway.errors import GatewayError, GatewayErrorKind
from twin.core.apigateway.routes import RouteTable
from twin.core.http.server_names import find_by_name
from twin.topology.apigateway import Api, ApiGatewayTopology, ApiMapping, CustomDomain, Stage

DEFAULT_STAGE = "$default"
RESERVED_PATHS = ("/ping", "/sping")
"""Of custom domains, for the service's own health checks:
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-known-issues.html"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedStage:
    """A stage of an API, prepared for requests."""

    api: Api
    stage: Stage
    routes: RouteTable

    @property
    def is_rest(self) -> bool:
        return self.api.type == "REST"


@dataclass(frozen=True, slots=True, kw_only=True)
class StagePath:
    """A stage, and the path within it."""

    served: ServedStage
    domain: str
    """The host name of the request."""
    path: str
    """Without mapping and stage; begins with a slash."""
    sent_path: str
    """As the client sent it."""
    mapping_key: str | None = None
    """None at a default endpoint."""

    @property
    def stage_prefix(self) -> str:
        """What HTTP APIs put before the path for functions: the stage, unless it is `$default`."""
        name = self.served.stage.name
        return "" if name == DEFAULT_STAGE else f"/{name}"


class ApiNames:
    """The names of a Region's APIs."""

    def __init__(self, topology: ApiGatewayTopology, region: str) -> None:
        self._region = region
        self._apis = {api.id: api for api in topology.apis}
        self._stages = {
            (api.id, stage.name): ServedStage(
                api=api,
                stage=stage,
                routes=RouteTable(stage.routes, is_rest=api.type == "REST"),
            )
            for api in topology.apis
            for stage in api.stages
        }
        self._defaults = {
            f"{api.id}.execute-api.{region}.amazonaws.com": api for api in topology.apis
        }
        self._domains = {domain.name.lower(): domain for domain in topology.domains}

    @property
    def stages(self) -> tuple[ServedStage, ...]:
        return tuple(self._stages.values())

    def find(self, host: str, path: str) -> StagePath:
        """The stage for a host name without port and a path. Raises GatewayError."""
        name = host.lower().removesuffix(".")
        api = self._defaults.get(name)
        if api is not None:
            return self._find_by_default_endpoint(api, name, path)
        domain = find_by_name(self._domains, host)
        if domain is None:
            raise GatewayError(GatewayErrorKind.FORBIDDEN, f"no API has the name {host!r}")
        return self._find_by_mapping(domain, name, path)

    def _find_by_default_endpoint(self, api: Api, domain: str, path: str) -> StagePath:
        if not api.default_endpoint_enabled:
            raise GatewayError(GatewayErrorKind.FORBIDDEN, f"{domain} is disabled")
        stage_name, rest = split_first_segment(path)
        served = self._stages.get((api.id, stage_name)) if stage_name != DEFAULT_STAGE else None
        if served is None and api.type == "HTTP":
            served, rest = self._stages.get((api.id, DEFAULT_STAGE)), path
        if served is None:
            kind = GatewayErrorKind.FORBIDDEN if api.type == "REST" else GatewayErrorKind.NO_ROUTE
            raise StageNotFound(kind, api)
        return StagePath(served=served, domain=domain, path=rest, sent_path=path)

    def _find_by_mapping(self, domain: CustomDomain, name: str, path: str) -> StagePath:
        mapping = _longest_mapping(domain, path)
        api = None if mapping is None else self._apis.get(mapping.api_id)
        if mapping is None or api is None:
            raise GatewayError(GatewayErrorKind.FORBIDDEN, f"no mapping of {domain.name} fits")
        rest = path.removeprefix(f"/{mapping.key}") or "/" if mapping.key else path
        stage_name = mapping.stage
        if not stage_name:
            stage_name, rest = split_first_segment(rest)
        served = self._stages.get((api.id, stage_name))
        if served is None:
            raise StageNotFound(GatewayErrorKind.NO_ROUTE, api)
        return StagePath(
            served=served, domain=name, path=rest, sent_path=path, mapping_key=mapping.key
        )


class StageNotFound(GatewayError):
    """The API has no such stage; its type words the error."""

    def __init__(self, kind: GatewayErrorKind, api: Api) -> None:
        super().__init__(kind, f"API {api.id} has no such stage")
        self.api = api


def _longest_mapping(domain: CustomDomain, path: str) -> ApiMapping | None:
    """The mapping of the longest key that is the path or is followed by a slash in it."""
    fitting = (m for m in domain.mappings if not m.key or f"{path}/".startswith(f"/{m.key}/"))
    return max(fitting, key=lambda mapping: len(mapping.key), default=None)


def split_first_segment(path: str) -> tuple[str, str]:
    """`/a/b/c` -> (`a`, `/b/c`); `/a` -> (`a`, `/`)."""
    first, slash, rest = path[1:].partition("/")
    return first, f"/{rest}" if slash else "/"
