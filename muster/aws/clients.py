"""Calls of AWS's API: boto3's clients, made when first needed, with time-outs and own errors.

A call runs in a daemon thread of its own, so that a call that hangs delays neither the tool nor its
end. A cancelled caller of a change still waits for the call's end: the change may yet be made, and
must not be made after a rollback.

One attempt is made of each call; muster.retry makes the others.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    ProfileNotFound,
)
from botocore.exceptions import ConnectionError as NotConnected
from botocore.parsers import ResponseParserError

from common.network.http_client import http_get
from common.network.loopback import is_loopback
from muster.aws.credentials import (
    NO_CREDENTIALS_ERRORS,
    CredentialsEnd,
    SignIn,
    TwinCredentials,
    find_credentials_end,
    missing_credentials,
)
from muster.aws.threads import await_in_loop, run_in_thread, start_daemon_thread
from muster.errors import AccountError, CallFailed, InvalidSetting, Unreachable

THROTTLING_CODES = frozenset(
    {
        "LimitExceededException",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
"""https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html"""
FUNCTION_BUSY_CODE = "ResourceConflictException"
"""AWS Lambda: another operation on the function is in progress, such as a deployment.
https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html"""


@dataclass(frozen=True, slots=True)
class CallPolicy:
    """Time-outs of a call, in seconds."""

    connect_s: float
    read_s: float
    total_s: float
    """The caller waits this long; the thread may go on."""

    def config(self) -> Config:
        """The same for botocore, which makes one attempt."""
        return Config(
            connect_timeout=self.connect_s,
            read_timeout=self.read_s,
            retries={"mode": "standard", "total_max_attempts": 1},
        )


def _session_without_profile() -> botocore.session.Session:
    """A session that reads neither AWS_PROFILE nor the profiles of the configuration."""
    nothing = (None, None, None, None)
    return botocore.session.Session(session_vars={"profile": nothing})


def read_policy(timeout_s: float) -> CallPolicy:
    return CallPolicy(connect_s=min(1.0, timeout_s), read_s=timeout_s, total_s=timeout_s)


LOCAL_CONFIG = Config(proxies={})
"""Configuration for a twin: botocore would use HTTP_PROXY even for loopback addresses."""

HttpGet = Callable[[str, float], tuple[int, bytes]]
"""(URL, time-out in seconds) -> status and body of a GET. Raises OSError, HTTPException."""

CHANGE_POLICY = CallPolicy(connect_s=2.0, read_s=8.0, total_s=11.0)
"""A call ends within `total_s`, so that none is under way when muster.retry makes it again."""
QUICK_POLICY = CallPolicy(connect_s=1.0, read_s=2.0, total_s=3.0)
"""For calls that try one Region after the other."""
READ_PREFIXES = ("describe_", "get_", "list_", "simulate_")
"""Prefixes of the names of operations that change nothing."""


class AwsClients:
    def __init__(
        self,
        *,
        endpoint_url: str | None = None,
        profile: str | None = None,
        timeout_s: float = 3.0,
        session: boto3.Session | None = None,
        get: HttpGet | None = None,
        twin_credentials: TwinCredentials | None = None,
    ) -> None:
        """`endpoint_url` None: AWS. `timeout_s` is the time-out of `read`. Calls nothing yet.

        `twin_credentials` are for a twin only. `session` and `get` replace the network in tests.
        """
        self.endpoint_url = endpoint_url
        self._is_twin = is_loopback(endpoint_url)
        self._profile = profile
        self._twin_credentials = twin_credentials or TwinCredentials()
        self._session = session
        self._http_get = get or http_get
        self._read_policy = read_policy(timeout_s)
        self._clients: dict[tuple[str, str, CallPolicy], Any] = {}
        self._lock = threading.Lock()  # boto3 sessions are not safe to use from several threads
        self._sign_in = SignIn(self._get_session)

    async def call(
        self, policy: CallPolicy, service: str, region: str, operation: str, /, **given: object
    ) -> Any:  # noqa: ANN401 - boto3's answers
        """Call AWS once. `operation` is boto3's name (`describe_accelerator`), the result boto3's.

        The time-out starts once there are credentials and a client: botocore reads its models for
        a new one, which says nothing about AWS. A cancelled change still waits for its end.
        Raises CallFailed, Unreachable, AccountError, InvalidSetting.
        """

        def get_client() -> Any:  # noqa: ANN401 - boto3's clients
            with translated_errors(service, operation, region):
                return self.client(service, region, policy)

        def make_call() -> object:
            with translated_errors(service, operation, region):
                return getattr(client, operation)(**given)

        if not self._is_twin:
            await self._sign_in.ensure()
        client = self._clients.get((service, region, policy)) or await run_in_thread(get_client)
        loop = asyncio.get_running_loop()
        answer = await_in_loop(start_daemon_thread(make_call))
        ends_s = loop.time() + policy.total_s
        try:
            async with asyncio.timeout_at(ends_s):
                return await asyncio.shield(answer)
        except asyncio.CancelledError:
            if not operation.startswith(READ_PREFIXES):
                await asyncio.wait({answer}, timeout=max(0.0, ends_s - loop.time()))
            raise
        except TimeoutError:
            why = f"no answer within {policy.total_s:g} s"
            raise Unreachable(service, operation, region, "TimeOut", why) from None

    async def read(self, service: str, region: str, operation: str, /, **given: object) -> Any:  # noqa: ANN401
        """Make a call that reads. Raises as `call` does."""
        return await self.call(self._read_policy, service, region, operation, **given)

    async def change(self, service: str, region: str, operation: str, /, **given: object) -> Any:  # noqa: ANN401
        """Make a call that changes something, with longer time-outs. Raises as `call` does."""
        return await self.call(CHANGE_POLICY, service, region, operation, **given)

    async def fetch(self, path: str) -> bytes:
        """GET a document of a twin's endpoint itself, beside AWS's API.

        Raises CallFailed, Unreachable.
        """
        endpoint, timeout_s = self.endpoint_url or "", self._read_policy.total_s
        try:
            async with asyncio.timeout(timeout_s):
                status, body = await run_in_thread(
                    lambda: self._http_get(f"{endpoint}{path}", timeout_s)
                )
        except TimeoutError:
            why = f"no answer within {timeout_s:g} s"
            raise Unreachable("twin", path, endpoint, "TimeOut", why) from None
        except (OSError, HTTPException) as exc:
            raise Unreachable(
                "twin", path, endpoint, type(exc).__name__, _shorten(str(exc))
            ) from exc
        if status != 200:
            why = _shorten(body.decode(errors="replace"))
            raise CallFailed("twin", path, endpoint, f"HTTP {status}", why)
        return body

    def credentials_end(self) -> CredentialsEnd:
        """When the credentials end; a twin's don't. After a call, since it signs in."""
        if self._is_twin:
            return CredentialsEnd(temporary=bool(self._twin_credentials.token), epoch_s=None)
        return find_credentials_end(self._get_session())

    def client(self, service: str, region: str, policy: CallPolicy | None = None) -> Any:  # noqa: ANN401
        """A boto3 client, kept for the same arguments. Raises AccountError, InvalidSetting."""
        policy = policy or self._read_policy
        with self._lock:
            key = (service, region, policy)
            if key not in self._clients:
                self._clients[key] = self._check_endpoint(
                    self._make_client(service, region, policy)
                )
            return self._clients[key]

    def require_profile(self) -> None:
        """Raise InvalidSetting unless there is the profile that is asked for; a twin needs none."""
        self._get_session()

    def _get_session(self) -> boto3.Session:
        with self._lock:
            return self._open_session()

    def _open_session(self) -> boto3.Session:
        if self._session is None and self._is_twin:
            self._session = boto3.Session(botocore_session=_session_without_profile())
        elif self._session is None:
            try:
                self._session = boto3.Session(profile_name=self._profile)
            except ProfileNotFound as exc:
                origin = "the settings" if self._profile else "AWS_PROFILE"
                rule = "a profile of your AWS configuration"
                raise InvalidSetting("profile", origin, exc.kwargs["profile"], rule) from exc
        return self._session

    def _make_client(self, service: str, region: str, policy: CallPolicy) -> Any:  # noqa: ANN401 - boto3's clients
        config = policy.config().merge(LOCAL_CONFIG) if self._is_twin else policy.config()
        own = self._twin_credentials
        keys = {
            "aws_access_key_id": own.access_key,
            "aws_secret_access_key": own.secret_key,
            "aws_session_token": own.token,
        }
        return self._open_session().client(  # type: ignore[call-overload]  # chosen at run time
            service,
            region_name=region,
            endpoint_url=self.endpoint_url,
            config=config,
            **(keys if self._is_twin else {}),  # a twin must not get real ones
        )

    def _check_endpoint(self, client: Any) -> Any:  # noqa: ANN401 - boto3's clients
        # A profile or AWS_ENDPOINT_URL_<SERVICE> may set an endpoint too.
        if not self._is_twin and is_loopback(client.meta.endpoint_url):
            raise AccountError(
                f"the AWS configuration sends {client.meta.service_model.service_name} to"
                f" {client.meta.endpoint_url}, but the target is AWS; remove that endpoint, or set"
                " AWS_ENDPOINT_URL to it as well"
            )
        return client


@contextmanager
def translated_errors(service: str, operation: str, region: str) -> Iterator[None]:
    """Raise boto3's errors as the tool's."""
    try:
        yield
    except ClientError as exc:
        error = exc.response.get("Error", {})
        status = exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        kind = Unreachable if status >= 500 else CallFailed
        code = error.get("Code", "Unknown")
        why = _shorten(error.get("Message") or str(exc))
        raise kind(service, operation, region, code, why) from exc
    except NO_CREDENTIALS_ERRORS as exc:
        raise missing_credentials(_shorten(str(exc))) from exc
    except RuntimeError as exc:
        if "credentials" not in str(exc):  # botocore's error for expired new ones
            raise
        raise missing_credentials(_shorten(str(exc))) from exc
    except (HTTPClientError, NotConnected, ResponseParserError) as exc:
        why = _shorten(_without_path(exc))
        raise Unreachable(service, operation, region, type(exc).__name__, why) from exc
    except BotoCoreError as exc:
        raise CallFailed(
            service, operation, region, type(exc).__name__, _shorten(str(exc))
        ) from exc


def _without_path(exc: BotoCoreError | ResponseParserError) -> str:
    """Its text with only the server of the URL, so that one reason for many calls is told once."""
    url = str(getattr(exc, "kwargs", {}).get("endpoint_url") or "")
    server = urlsplit(url)._replace(path="/", query="", fragment="").geturl()
    return str(exc).replace(url, server) if url else str(exc)


def _shorten(text: str) -> str:
    """One line of at most 300 characters: an answer of another server may be a whole page."""
    line = " ".join(text.split())
    return line if len(line) <= 300 else f"{line[:300]}..."


def is_transient(error: CallFailed) -> bool:
    """True for errors worth a retry: no answer, throttling, a function that is being changed."""
    return (
        isinstance(error, Unreachable)
        or error.code in THROTTLING_CODES
        or error.code == FUNCTION_BUSY_CODE
    )
