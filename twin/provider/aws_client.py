"""AWS calls with botocore, to the configured loopback endpoints only.

One session, one client for each service and Region. Ignores the user's AWS files, profiles and
proxies. Imported at the first call, since botocore takes a quarter of a second to load and the
plugin has to announce its port before.
"""

import os
import threading
from typing import Any

from botocore import xform_name
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    InvalidRegionError,
    ParamValidationError,
)
from botocore.loaders import Loader
from botocore.model import ServiceModel, StructureShape
from botocore.parsers import ResponseParserError
from botocore.session import Session

from twin.provider.config import ProviderConfiguration
from twin.provider.errors import AwsCallFailed, AwsUnreachable, ProviderError
from twin.provider.values import Properties

NO_USER_FILES: dict[str, Any] = {
    "profile": (None, None, None, None),
    "config_file": (None, None, os.devnull, None),
    "credentials_file": (None, None, os.devnull, None),
}
"""Session variables: (name in a file, name in the environment, default, conversion)."""


class ServiceModels:
    """botocore's API models of the services, each loaded once."""

    def __init__(self) -> None:
        self.loader = Loader(include_default_search_paths=True)
        self._services: dict[str, ServiceModel] = {}
        self._lock = threading.Lock()

    def input_shape(self, service: str, operation: str) -> StructureShape | None:
        """The shape of an operation's parameters; None for an operation without any."""
        with self._lock:
            model = self._services.get(service)
            if model is None:
                description = self.loader.load_service_model(service, "service-2")
                model = self._services[service] = ServiceModel(description, service)
            return model.operation_model(operation).input_shape


class AwsClient:
    """Calls AWS at the configured endpoints; safe for threads."""

    def __init__(self, configuration: ProviderConfiguration) -> None:
        self._configuration = configuration
        self._models = ServiceModels()
        self._clients: dict[tuple[str, str], BaseClient] = {}
        self._session = Session(session_vars=NO_USER_FILES)
        self._session.register_component("data_loader", self._models.loader)
        # Creating clients from one session is not thread-safe:
        # https://boto3.amazonaws.com/v1/documentation/api/latest/guide/clients.html
        self._lock = threading.Lock()

    def input_shape(self, service: str, operation: str) -> StructureShape | None:
        """The shape of an operation's parameters; None for an operation without any."""
        return self._models.input_shape(service, operation)

    def call(self, service: str, region: str, operation: str, params: Properties) -> Properties:
        """Call an operation by its API name. Raises AwsCallFailed, AwsUnreachable."""
        try:
            client = self._client(service, region)
            response: Properties = getattr(client, xform_name(operation))(**params)
        except ClientError as exc:
            raise _call_failed(operation, region, exc) from exc
        except (ParamValidationError, InvalidRegionError) as exc:
            raise ProviderError(f"{operation} in {region}: {' '.join(str(exc).split())}") from exc
        except ResponseParserError as exc:
            reason = "an answer in another protocol than the service's: is it the twin?"
            endpoint = self._configuration.endpoint(service)
            raise AwsUnreachable(operation, region, endpoint, reason) from exc
        except BotoCoreError as exc:
            endpoint = self._configuration.endpoint(service)
            raise AwsUnreachable(operation, region, endpoint, type(exc).__name__) from exc
        response.pop("ResponseMetadata", None)
        return response

    def _client(self, service: str, region: str) -> BaseClient:
        client = self._clients.get((service, region))
        if client is None:
            with self._lock:
                client = self._clients.get((service, region)) or self._create_client(
                    service, region
                )
                self._clients[service, region] = client
        return client

    def _create_client(self, service: str, region: str) -> BaseClient:
        create: Any = self._session.create_client  # its type stub requires a literal name
        client: BaseClient = create(
            service,
            region_name=region,
            endpoint_url=self._configuration.endpoint(service),
            aws_access_key_id=self._configuration.access_key,
            aws_secret_access_key=self._configuration.secret_key,
            aws_session_token=self._configuration.session_token,
            config=Config(
                proxies={},
                retries={"mode": "standard", "total_max_attempts": 3},
                max_pool_connections=32,
                connect_timeout=5,
                read_timeout=60,
            ),
        )
        return client


def _call_failed(operation: str, region: str, exc: ClientError) -> AwsCallFailed:
    response: Any = exc.response
    error = response.get("Error", {})
    return AwsCallFailed(
        operation=operation,
        region=region,
        code=str(error.get("Code", "Unknown")),
        message=str(error.get("Message") or "no message"),
        status=int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 400)),
    )
