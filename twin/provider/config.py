"""The provider's configuration, which must have loopback endpoints only.

The stack's `aws:*` takes precedence over the environment, as in the real provider. The engine sends
provider inputs as text: booleans as "true", objects as JSON. A missing endpoint, or one that is not
on this machine, is an error: this stand-in must never be mistaken for the plugin that talks to AWS.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from common.network.loopback import is_loopback
from twin.provider.errors import InvalidConfiguration
from twin.provider.values import UNKNOWN, Properties, Value, unwrap_value

_ANY = "*"
_STAND_IN = (
    "this is the stand-in for pulumi-aws, made for the local twin; a stack on AWS needs the real "
    "pulumi-aws plugin: unset PULUMI_HOME (or open a shell without `source .twin/env`)"
)
_KNOWN = frozenset(
    {
        "accessKey", "allowedAccountIds", "defaultTags", "endpoints", "forbiddenAccountIds",
        "maxRetries", "region", "retryMode", "secretKey", "token", "version",
    }
)  # fmt: skip
_ENDPOINT_ALIASES = {
    "logs": ("cloudwatchlogs", "cloudwatchlog"),
    "elbv2": ("elasticloadbalancingv2", "elb", "elasticloadbalancing"),
}
"""Other names of services in `endpoints`, as the real provider accepts them:
https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/custom-service-endpoints
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderConfiguration:
    """Configuration of one provider instance."""

    region: str
    endpoints: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """Service -> URL; `*` is the endpoint of all other services."""
    access_key: str = "test"
    secret_key: str = "test"  # noqa: S105 - dummy keys are all that the twin needs
    session_token: str | None = None
    """Of temporary credentials."""
    default_tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    def endpoint(self, service: str) -> str:
        """URL of a service, by boto's name. Raises InvalidConfiguration."""
        for name in (service, *_ENDPOINT_ALIASES.get(service, ()), _ANY):
            if name in self.endpoints:
                return self.endpoints[name]
        raise InvalidConfiguration(
            f"aws:endpoints has no '{service}', and AWS_ENDPOINT_URL is not set"
        )


def find_problems(inputs: Properties, environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """Validate the configuration: pairs of a key and the mistake. Accepts unknown values."""
    problems = [
        (
            name,
            f"the twin does not know aws:{name}: leave it out for the twin, or add it to "
            "twin/provider/config.py",
        )
        for name in inputs
        if name not in _KNOWN and not name.startswith(("skip", "s3", "sts"))
    ]
    if inputs.get("endpoints") is not UNKNOWN:
        try:
            parse_configuration(inputs, environ)
        except InvalidConfiguration as exc:
            problems.append(("endpoints", str(exc)))
    return problems


def parse_configuration(inputs: Properties, environ: Mapping[str, str]) -> ProviderConfiguration:
    """Parse the configuration. Raises InvalidConfiguration."""
    values = {name: unwrap_value(value) for name, value in inputs.items()}
    endpoints = _parse_endpoints(_parse_json(values, "endpoints"), environ)
    tags = _parse_json(values, "defaultTags") or {}
    if not isinstance(tags, dict) or not isinstance(tags.get("tags", {}), dict):
        raise InvalidConfiguration(f"aws:defaultTags must be an object with 'tags', not {tags!r}")
    return ProviderConfiguration(
        region=_first_value(values.get("region"), environ, "AWS_REGION", "AWS_DEFAULT_REGION")
        or "us-east-1",
        endpoints=MappingProxyType(endpoints),
        access_key=_first_value(values.get("accessKey"), environ, "AWS_ACCESS_KEY_ID") or "test",
        secret_key=_first_value(values.get("secretKey"), environ, "AWS_SECRET_ACCESS_KEY")
        or "test",
        # A token belongs to its access key, so that of the environment to no other.
        session_token=_first_value(
            values.get("token"), {} if values.get("accessKey") else environ, "AWS_SESSION_TOKEN"
        )
        or None,
        default_tags=MappingProxyType(
            {k: _to_text(v) for k, v in tags.get("tags", {}).items() if v is not None}
        ),
    )


def _first_value(value: Value, environ: Mapping[str, str], *names: str) -> str:
    if value and value is not UNKNOWN:
        return str(value)
    return next((environ[name] for name in names if environ.get(name)), "")


def _to_text(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parse_json(values: Properties, name: str) -> Value:
    value = values.get(name)
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as exc:
        raise InvalidConfiguration(f"aws:{name} is not JSON: {exc}") from exc


def _parse_endpoints(value: Value, environ: Mapping[str, str]) -> dict[str, str]:
    entries = [value] if isinstance(value, dict) else value or []
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise InvalidConfiguration(f"aws:endpoints must be a list of objects, not {value!r}")
    found = {name: str(url) for entry in entries for name, url in entry.items() if url}
    if environ.get("AWS_ENDPOINT_URL"):
        found.setdefault(_ANY, environ["AWS_ENDPOINT_URL"])
    if not found:
        raise InvalidConfiguration(f"no aws:endpoints and no AWS_ENDPOINT_URL: {_STAND_IN}")
    for name, url in found.items():
        if not (url.startswith(("http://", "https://")) and is_loopback(url)):
            where = "AWS_ENDPOINT_URL" if name == _ANY else f"aws:endpoints '{name}'"
            raise InvalidConfiguration(
                f"{where} is {url}, which is not on this machine: {_STAND_IN}"
            )
    return found
