"""The provider without its protocol: carries out each request of the Pulumi engine.

Works on plain properties; the server converts them from and to the wire. The engine starts one
process for each provider instance.
"""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from common.clock import Clock
from twin.provider.config import ProviderConfiguration, find_problems, parse_configuration
from twin.provider.data_sources.registry import (
    DATA_SOURCES,
    FOLDER,
    find_data_source,
    unknown_arguments,
)
from twin.provider.errors import InvalidConfiguration, UnknownToken
from twin.provider.operations.check import CheckedArguments, Failure, NamingRequest, check_arguments
from twin.provider.operations.crud import LiveResource, ResourceOperations
from twin.provider.operations.diff import ResourceDiff, complete_arguments, compute_diff
from twin.provider.program_scan import find_program_tokens
from twin.provider.resources.registry import (
    declaration_file,
    find_resource_type,
    resource_types,
)
from twin.provider.schema.resource_type import REGION_FORM, OperationContext, ResourceRef
from twin.provider.values import Properties
from twin.provider.waiting import DEFAULT_TIMEOUT_S, Waiter

if TYPE_CHECKING:
    from twin.provider.aws_client import AwsClient

Connect = Callable[[ProviderConfiguration], "AwsClient"]


def describe_unknown_tokens(token: str, program: frozenset[str]) -> str:
    """One message about a token without a declaration, and all others of the program."""
    known = resource_types().keys() | {source.name for source in DATA_SOURCES}
    unknown = sorted({token, *program} - known)
    files = sorted({_declaration_file(each) for each in unknown})
    what = "a type or data source" if len(unknown) == 1 else f"{len(unknown)} types or data sources"
    return (
        f"the twin's provider does not have {what} of this program: {', '.join(unknown)}. "
        "docs/services.md lists what it has and what the twin serves. Declarations would belong "
        f"into {', '.join(files)}."
    )


def _declaration_file(token: str) -> str:
    return FOLDER if token.rpartition(":")[2].startswith("get") else declaration_file(token)


class Provider:
    """One provider instance.

    `timeout_s` of a request is the program's time-out for the resource; 0 without one.
    """

    def __init__(
        self, *, environ: Mapping[str, str], clock: Clock, root: Path, connect: Connect
    ) -> None:
        """`root` is the program's folder; `connect` makes the AWS client."""
        self._environ = environ
        self._clock = clock
        self._root = root
        self._connect = connect
        self._configured: ProviderConfiguration | None = None
        self._client: AwsClient | None = None
        self._lock = threading.Lock()
        self.cancelled = threading.Event()

    def configure(self, inputs: Properties) -> None:
        """Set the configuration. Raises InvalidConfiguration."""
        problems = find_problems(inputs, self._environ)
        if problems:
            raise InvalidConfiguration("; ".join(reason for _, reason in problems))
        self._configured = parse_configuration(inputs, self._environ)

    def check_config(self, inputs: Properties) -> list[Failure]:
        return find_problems(inputs, self._environ)

    def check(
        self, token: str, olds: Properties, news: Properties, names: NamingRequest
    ) -> CheckedArguments:
        try:
            resource_type = find_resource_type(token)
        except UnknownToken:
            reason = describe_unknown_tokens(token, find_program_tokens(self._root))
            return CheckedArguments(inputs=news, failures=(("", reason),))
        return check_arguments(resource_type, olds=olds, news=news, names=names)

    def diff(
        self, token: str, state: Properties, news: Properties, ignored: tuple[str, ...]
    ) -> ResourceDiff:
        """Compare the recorded state with the arguments, without the paths in `ignored`."""
        resource_type = find_resource_type(token)
        configuration = self._configuration
        wanted = complete_arguments(
            resource_type,
            news,
            region=configuration.region,
            default_tags=dict(configuration.default_tags),
        )
        return compute_diff(resource_type, state=state, news=wanted, ignored=ignored)

    def preview(self, token: str, old: Properties, new: Properties) -> Properties:
        """Predict the properties after a creation (`old` is empty) or an update."""
        return self._operations(token, new).preview(new, old)

    def create(self, token: str, new: Properties, timeout_s: float) -> tuple[str, Properties]:
        """Create a resource; return its id and properties. Raises ProviderError."""
        return self._operations(token, new, timeout_s).create(new)

    def read(
        self, token: str, resource: str, state: Properties, inputs: Properties
    ) -> LiveResource | None:
        """Read a resource from AWS; None when it does not exist. Raises ProviderError.

        The id of an import may name the resource's Region at its end, after an `@`.
        """
        if not inputs and not find_resource_type(token).global_region:
            before, at, region = resource.rpartition("@")
            if at and REGION_FORM.fullmatch(region):
                resource, state = before, {**state, "region": region}
        operations = self._operations(token, {**inputs, **state})
        return operations.read(ResourceRef(id=resource, properties=state), inputs)

    def update(
        self, token: str, ref: ResourceRef, new: Properties, inputs: Properties, timeout_s: float
    ) -> Properties:
        """Update a resource; return its properties. Raises ProviderError."""
        return self._operations(token, new, timeout_s).update(ref, new, inputs)

    def delete(self, token: str, ref: ResourceRef, timeout_s: float) -> None:
        """Delete a resource. Raises ProviderError."""
        self._operations(token, ref.properties, timeout_s).delete(ref)

    def invoke(self, token: str, args: Properties) -> tuple[Properties, list[Failure]]:
        """Read a data source; return its result, or what is wrong with the arguments."""
        try:
            source = find_data_source(token)
        except UnknownToken:
            return {}, [("", describe_unknown_tokens(token, find_program_tokens(self._root)))]
        failures = unknown_arguments(source, args)
        if failures:
            return {}, failures
        given = {name: value for name, value in args.items() if value is not None}
        return source.read(self._context(source.service, given.get("region")), given), []

    # -- the context of a request

    @property
    def _configuration(self) -> ProviderConfiguration:
        if self._configured is None:
            raise InvalidConfiguration("the engine has not configured the provider yet")
        return self._configured

    def _operations(
        self, token: str, properties: Properties, timeout_s: float = 0.0
    ) -> ResourceOperations:
        resource_type = find_resource_type(token)
        region = resource_type.global_region or properties.get("region")
        context = self._context(resource_type.service, region, timeout_s)
        return ResourceOperations(resource_type, context)

    def _context(self, service: str, region: object, timeout_s: float = 0.0) -> OperationContext:
        configuration = self._configuration
        return OperationContext(
            aws=self._aws(configuration),
            service=service,
            region=region if isinstance(region, str) else configuration.region,
            home_region=configuration.region,
            default_tags=configuration.default_tags,
            waiter=Waiter(
                clock=self._clock,
                timeout_s=timeout_s or DEFAULT_TIMEOUT_S,
                cancelled=self.cancelled,
            ),
            root=self._root,
        )

    def _aws(self, configuration: ProviderConfiguration) -> "AwsClient":
        with self._lock:
            if self._client is None:
                self._client = self._connect(configuration)
            return self._client
