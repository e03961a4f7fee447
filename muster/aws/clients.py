"""Calls of AWS's API: clients made when they are first needed, bounded in time, errors in words.

Decides time-outs and retries, and what an error of boto3 means to the tool. Refuses to know what is
called for what. A call runs in a thread of its own, a daemon: one that hangs can't keep the tool
from going on or from ending. A caller that is cancelled in the midst of a change waits for its end:
what was sent may still arrive, and must not arrive after it was put back.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    HTTPClientError,
    ProfileNotFound,
)
from botocore.exceptions import ConnectionError as NotConnected
from botocore.parsers import ResponseParserError

from common.http_client import http_get
from common.loopback import is_loopback
from muster.aws.credentials import NO_CREDENTIALS_ERRORS, SignIn, missing_credentials
from muster.errors import AccountError, CallFailed, InvalidSetting, Unreachable

T = TypeVar("T")

THROTTLING_CODES = frozenset(
    {
        "LimitExceededException",
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
    """How patiently a call is made. Seconds."""

    connect_s: float
    read_s: float
    whole_s: float
    """After this long the caller goes on without the answer."""

    def config(self) -> Config:
        """The same for botocore, which makes one attempt: muster.retry makes the others."""
        return Config(
            connect_timeout=self.connect_s,
            read_timeout=self.read_s,
            retries={"mode": "standard", "total_max_attempts": 1},
        )


def read_policy(timeout_s: float) -> CallPolicy:
    """For what is read again and again: the next reading is the better retry."""
    return CallPolicy(connect_s=min(1.0, timeout_s), read_s=timeout_s, whole_s=timeout_s)


LOCAL_CONFIG = Config(proxies={})
"""A twin is on this machine: botocore would look for it behind HTTP_PROXY all the same."""

HttpGet = Callable[[str, float], tuple[int, bytes]]
"""(URL, seconds that it may take) -> status and body of a GET; raises OSError, HTTPException."""

CHANGE_POLICY = CallPolicy(connect_s=2.0, read_s=8.0, whole_s=11.0)
"""A call ends within the whole: none is still under way when muster.retry makes it again."""
READ_PREFIXES = ("describe_", "get_", "list_")
"""How the names of operations begin that change nothing."""


class AwsClients:
    """boto3's clients of one target."""

    def __init__(
        self,
        *,
        endpoint_url: str | None = None,
        profile: str | None = None,
        timeout_s: float = 3.0,
        session: boto3.Session | None = None,
        fetch: HttpGet | None = None,
    ) -> None:
        """`endpoint_url` None: AWS. `timeout_s` bounds a reading. Nothing is asked yet.

        `session` and `fetch` stand in for the network in tests.
        """
        self.endpoint_url = endpoint_url
        self._twin = is_loopback(endpoint_url)
        self._profile = profile
        self._session = session
        self._fetch = fetch or http_get
        self._reading = read_policy(timeout_s)
        self._made: dict[tuple[str, str, CallPolicy], Any] = {}
        self._lock = threading.Lock()  # a session is not made for several threads at once
        self._sign_in = SignIn(self._any_session)

    async def call(
        self, pace: CallPolicy, service: str, region: str, operation: str, /, **given: object
    ) -> Any:  # noqa: ANN401 - boto3's answers
        """Call AWS. `operation` as in boto3 (`describe_accelerator`); the answer as there.

        Its time begins when there are credentials. Raises CallFailed, Unreachable, WrongTarget,
        SettingWrong. Cancelled, a change still waits for its end.
        """

        def work() -> object:
            with translated_errors(service, operation, region):
                return getattr(self.client(service, region, pace), operation)(**given)

        if not self._twin:
            await self._sign_in.done()
        loop = asyncio.get_running_loop()
        answer, ends_s = start_in_thread(work), loop.time() + pace.whole_s
        try:
            async with asyncio.timeout_at(ends_s):
                return await asyncio.shield(answer)
        except asyncio.CancelledError:
            if not operation.startswith(READ_PREFIXES):
                await asyncio.wait({answer}, timeout=max(0.0, ends_s - loop.time()))
            raise
        except TimeoutError:
            why = f"no answer within {pace.whole_s:g} s"
            raise Unreachable(service, operation, region, "TimeOut", why) from None

    async def read(self, service: str, region: str, operation: str, /, **given: object) -> Any:  # noqa: ANN401
        """Ask something, once and not for long. Raises as `call` does."""
        return await self.call(self._reading, service, region, operation, **given)

    async def change(self, service: str, region: str, operation: str, /, **given: object) -> Any:  # noqa: ANN401
        """Change something, once: with longer timeouts than `read`. Raises as `call` does."""
        return await self.call(CHANGE_POLICY, service, region, operation, **given)

    async def fetch(self, path: str) -> bytes:
        """A document of the endpoint itself, beside AWS's API: only a twin has such. Asked once.

        Raises CallFailed, Unreachable.
        """
        at, most_s = self.endpoint_url or "", self._reading.whole_s
        try:
            async with asyncio.timeout(most_s):
                status, body = await run_in_thread(lambda: self._fetch(f"{at}{path}", most_s))
        except TimeoutError:
            why = f"no answer within {most_s:g} s"
            raise Unreachable("twin", path, at, "TimeOut", why) from None
        except (OSError, HTTPException) as exc:
            raise Unreachable("twin", path, at, type(exc).__name__, _short(str(exc))) from exc
        if status != 200:
            said = _short(body.decode(errors="replace"))
            raise CallFailed("twin", path, at, f"HTTP {status}", said)
        return body

    def client(self, service: str, region: str, pace: CallPolicy | None = None) -> Any:  # noqa: ANN401
        """A client of the target; the same one for the same arguments. Raises WrongTarget."""
        pace = pace or self._reading
        with self._lock:
            key = (service, region, pace)
            if key not in self._made:
                self._made[key] = self._checked(self._make(service, region, pace))
            return self._made[key]

    def _any_session(self) -> boto3.Session:
        with self._lock:
            return self._made_session()

    def _made_session(self) -> boto3.Session:
        if self._session is None:
            try:
                self._session = boto3.Session(profile_name=None if self._twin else self._profile)
            except ProfileNotFound as exc:
                origin = "the settings" if self._profile else "AWS_PROFILE"
                rule = "a profile of your AWS configuration"
                raise InvalidSetting("profile", origin, exc.kwargs["profile"], rule) from exc
        return self._session

    def _make(self, service: str, region: str, pace: CallPolicy) -> Any:  # noqa: ANN401 - boto3's clients
        config = pace.config().merge(LOCAL_CONFIG) if self._twin else pace.config()
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        return self._made_session().client(  # type: ignore[call-overload]  # chosen at run time
            service,
            region_name=region,
            endpoint_url=self.endpoint_url,
            config=config,
            **(keys if self._twin else {}),  # real keys are not for a twin
        )

    def _checked(self, client: Any) -> Any:  # noqa: ANN401 - boto3's clients
        # A profile, or AWS_ENDPOINT_URL_<SERVICE>, may name an endpoint as well.
        if not self._twin and is_loopback(client.meta.endpoint_url):
            raise AccountError(
                f"the AWS configuration sends {client.meta.service_model.service_name} to"
                f" {client.meta.endpoint_url}, but the target is AWS; remove that endpoint, or set"
                " AWS_ENDPOINT_URL to it as well"
            )
        return client


@contextmanager
def translated_errors(service: str, operation: str, region: str) -> Iterator[None]:
    """Turn boto3's errors into the tool's."""
    try:
        yield
    except ClientError as exc:
        error = exc.response.get("Error", {})
        status = exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        kind = Unreachable if status >= 500 else CallFailed
        code = error.get("Code", "Unknown")
        said = _short(error.get("Message") or str(exc))
        raise kind(service, operation, region, code, said) from exc
    except NO_CREDENTIALS_ERRORS as exc:
        raise missing_credentials(_short(str(exc))) from exc
    except RuntimeError as exc:
        if "credentials" not in str(exc):  # botocore's words for fresh ones that are over already
            raise
        raise missing_credentials(_short(str(exc))) from exc
    except (HTTPClientError, NotConnected, ResponseParserError) as exc:
        raise Unreachable(service, operation, region, type(exc).__name__, _short(str(exc))) from exc
    except BotoCoreError as exc:
        raise CallFailed(service, operation, region, type(exc).__name__, _short(str(exc))) from exc


def _short(said: str) -> str:
    """In one line: an answer that is no API's may be a whole page."""
    line = " ".join(said.split())
    return line if len(line) <= 300 else f"{line[:300]}..."


def is_transient(error: CallFailed) -> bool:
    """Whether trying again may help."""
    return (
        isinstance(error, Unreachable)
        or error.code in THROTTLING_CODES
        or error.code == FUNCTION_BUSY_CODE
    )


async def run_in_thread(work: Callable[[], T]) -> T:
    """Run in a daemon thread. Cancelled, it leaves the thread to itself."""
    return await start_in_thread(work)


def start_in_thread(work: Callable[[], T]) -> asyncio.Future[T]:
    """Begin to run it in a daemon thread; its result to come."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():  # nobody waits any more
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type]  # without an error it is a T

    def run() -> None:
        try:
            result, error = work(), None
        except BaseException as exc:  # noqa: BLE001 - handed to whoever waits
            result, error = None, exc
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, result, error)

    threading.Thread(target=run, daemon=True).start()
    return future
