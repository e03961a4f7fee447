"""The stand-in without its protocol: what each request of the Pulumi engine does.

Takes and gives plain properties; the server puts them on the wire. One provider instance: the
engine starts one process for each.
"""

import threading
from collections.abc import Callable, Mapping
from pathlib import Path

from common.clock import Clock
from twin.provider.aws import Aws
from twin.provider.config import ProviderConfiguration, find_problems, parse_configuration
from twin.provider.errors import InvalidConfiguration, UnknownToken
from twin.provider.invokes import find_data_source, unknown_arguments
from twin.provider.operations.check import CheckedArguments, check_arguments
from twin.provider.operations.crud import (
    LiveResource,
    create_resource,
    delete_resource,
    preview_resource,
    read_resource,
    update_resource,
)
from twin.provider.operations.diff import ResourceDiff, complete_arguments, compute_diff
from twin.provider.operations.naming import NamingRequest
from twin.provider.registry import find_resource_type
from twin.provider.schema.resource_type import OperationContext, ResourceRef, ResourceType
from twin.provider.values import Properties
from twin.provider.waiting import DEFAULT_TIMEOUT_S, Waiter

Connect = Callable[[ProviderConfiguration], Aws]


class Provider:
    """One provider instance."""

    def __init__(
        self, *, environ: Mapping[str, str], clock: Clock, root: Path, connect: Connect
    ) -> None:
        """`root` is the program's folder; `connect` makes AWS from the configuration."""
        self._environ = environ
        self._clock = clock
        self._root = root
        self._connect = connect
        self._configuration: ProviderConfiguration | None = None
        self._aws: Aws | None = None
        self._lock = threading.Lock()
        self.cancelled = threading.Event()

    def configure(self, inputs: Properties) -> None:
        """Take the configuration; raises NotConfigured."""
        found = find_problems(inputs, self._environ)
        if found:
            raise InvalidConfiguration("; ".join(reason for _, reason in found))
        self._configuration = parse_configuration(inputs, self._environ)

    def check_config(self, inputs: Properties) -> list[tuple[str, str]]:
        """What is wrong with a configuration."""
        return find_problems(inputs, self._environ)

    def check(
        self, token: str, olds: Properties, news: Properties, names: NamingRequest
    ) -> CheckedArguments:
        """The arguments, complete, or what is wrong with them."""
        try:
            kind = find_resource_type(token)
        except UnknownToken as exc:
            return CheckedArguments(inputs=news, failures=(("", str(exc)),))
        return check_arguments(kind, olds=olds, news=news, names=names)

    def diff(
        self, token: str, state: Properties, news: Properties, ignored: tuple[str, ...]
    ) -> ResourceDiff:
        """What differs."""
        kind = find_resource_type(token)
        settings = self._configured
        wanted = complete_arguments(
            kind, news, region=settings.region, default_tags=dict(settings.default_tags)
        )
        return compute_diff(kind, state=state, news=wanted, ignored=ignored)

    def preview(self, token: str, old: Properties, new: Properties) -> Properties:
        """What a creation (no `old`) or an update will record, as far as it is known."""
        kind = find_resource_type(token)
        return preview_resource(kind, self._scope(kind, new, 0.0), new, old)

    def create(self, token: str, new: Properties, within_s: float) -> tuple[str, Properties]:
        """Make it; raises ProviderError."""
        kind = find_resource_type(token)
        return create_resource(kind, self._scope(kind, new, within_s), new)

    def read(
        self, token: str, resource: str, state: Properties, inputs: Properties
    ) -> LiveResource | None:
        """The resource as AWS has it; None when it is gone. Raises ProviderError."""
        kind = find_resource_type(token)
        ref = ResourceRef(id=resource, properties=state)
        return read_resource(kind, self._scope(kind, {**inputs, **state}, 0.0), ref, inputs)

    def update(
        self, token: str, ref: ResourceRef, new: Properties, inputs: Properties, within_s: float
    ) -> Properties:
        """Change it; raises ProviderError."""
        kind = find_resource_type(token)
        return update_resource(kind, self._scope(kind, new, within_s), ref, new, inputs)

    def delete(self, token: str, ref: ResourceRef, within_s: float) -> None:
        """Remove it; raises ProviderError."""
        kind = find_resource_type(token)
        delete_resource(kind, self._scope(kind, ref.properties, within_s), ref)

    def invoke(self, token: str, args: Properties) -> tuple[Properties, list[tuple[str, str]]]:
        """A data source's answer, or what is wrong with its arguments."""
        wanted = find_data_source(token)
        failures = unknown_arguments(wanted, args)
        if failures:
            return {}, failures
        given = {name: value for name, value in args.items() if value is not None}
        scope = self._scope_of(wanted.service, given.get("region"), "", 0.0)
        return wanted.answer(scope, given), []

    # -- where a request runs

    @property
    def _configured(self) -> ProviderConfiguration:
        if self._configuration is None:
            raise InvalidConfiguration("the engine has not configured the provider yet")
        return self._configuration

    def _scope(
        self, kind: ResourceType, properties: Properties, within_s: float
    ) -> OperationContext:
        region = properties.get("region")
        return self._scope_of(kind.service, region, kind.global_region, within_s)

    def _scope_of(
        self, service: str, region: object, global_region: str, within_s: float
    ) -> OperationContext:
        settings = self._configured
        chosen = region if isinstance(region, str) else settings.region
        return OperationContext(
            aws=self._connected(settings),
            service=service,
            region=global_region or chosen,
            home_region=settings.region,
            default_tags=settings.default_tags,
            patience=Waiter(
                clock=self._clock, within_s=within_s or DEFAULT_TIMEOUT_S, cancelled=self.cancelled
            ),
            root=self._root,
        )

    def _connected(self, settings: ProviderConfiguration) -> Aws:
        with self._lock:
            if self._aws is None:
                self._aws = self._connect(settings)
            return self._aws
