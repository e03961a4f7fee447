"""Calls to the AWS services, by botocore, to loopback only.

One session, one model loader, one client a service and Region. Ignores the user's AWS files,
profiles and proxies: what to talk to is the provider's configuration and nothing else. Imported at
the first call only (botocore takes a quarter of a second), after the plugin announced its port.
"""

import os
import threading
from typing import Any

from botocore import xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, ParamValidationError
from botocore.loaders import Loader
from botocore.model import ServiceModel, StructureShape
from botocore.session import Session

from twin.provider.config import ProviderConfiguration
from twin.provider.errors import AwsCallFailed, AwsUnreachable, ProviderError
from twin.provider.values import Properties

_NOWHERE: dict[str, Any] = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""Session variables: name in a file, name in the environment, default, conversion."""


class ServiceModels:
    """botocore's own descriptions of the services, each read once."""

    def __init__(self) -> None:
        """Nothing is read yet."""
        self.loader = Loader(include_default_search_paths=True)
        self._services: dict[str, ServiceModel] = {}
        self._lock = threading.Lock()

    def input_shape(self, service: str, operation: str) -> StructureShape | None:
        """What an operation takes."""
        with self._lock:
            model = self._services.get(service)
            if model is None:
                description = self.loader.load_service_model(service, "service-2")
                model = self._services[service] = ServiceModel(description, service)
            return model.operation_model(operation).input_shape


class BotoAwsClient:
    """AWS at the configured endpoints."""

    def __init__(self, configuration: ProviderConfiguration) -> None:
        """No client is made before its first call."""
        self._configuration = configuration
        self._models = ServiceModels()
        self._clients: dict[tuple[str, str], BaseClient] = {}
        self._session = Session(session_vars=_NOWHERE)
        self._session.register_component("data_loader", self._models.loader)
        # A session may not make two clients at once:
        # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html
        self._lock = threading.Lock()

    def input_shape(self, service: str, operation: str) -> StructureShape | None:
        """What an operation takes."""
        return self._models.input_shape(service, operation)

    def call(self, service: str, region: str, operation: str, params: Properties) -> Properties:
        """One call; raises AwsFailed, NoAnswer."""
        client = self._client(service, region)
        try:
            answer: Properties = getattr(client, xform_name(operation))(**params)
        except ClientError as exc:
            raise _failure(operation, region, exc) from exc
        except ParamValidationError as exc:
            raise ProviderError(f"{operation} in {region}: {' '.join(str(exc).split())}") from exc
        except BotoCoreError as exc:
            endpoint = self._configuration.endpoint(service)
            raise AwsUnreachable(operation, region, endpoint, type(exc).__name__) from exc
        answer.pop("ResponseMetadata", None)
        return answer

    def _client(self, service: str, region: str) -> BaseClient:
        client = self._clients.get((service, region))
        if client is None:
            with self._lock:
                client = self._clients.get((service, region)) or self._new(service, region)
                self._clients[service, region] = client
        return client

    def _new(self, service: str, region: str) -> BaseClient:
        create: Any = self._session.create_client  # its stub wants the name as a literal
        client: BaseClient = create(
            service,
            region_name=region,
            endpoint_url=self._configuration.endpoint(service),
            aws_access_key_id=self._configuration.access_key,
            aws_secret_access_key=self._configuration.secret_key,
            config=Config(
                proxies={},
                retries={"mode": "standard", "total_max_attempts": 3},
                max_pool_connections=32,
                connect_timeout=5,
                read_timeout=60,
            ),
        )
        return client


def _failure(operation: str, region: str, exc: ClientError) -> AwsCallFailed:
    response: Any = exc.response
    error = response.get("Error", {})
    return AwsCallFailed(
        operation=operation,
        region=region,
        code=str(error.get("Code", "Unknown")),
        message=str(error.get("Message") or "no message"),
        status=int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)),
    )
