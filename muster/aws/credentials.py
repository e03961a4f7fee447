"""AWS credentials: obtained before a call's time-out starts.

A sign-in may take minutes: a person types a code, a program opens a browser, a role is assumed in a
far Region. That must not count as AWS being slow to answer.
"""

import asyncio
import os
import termios
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass

import boto3
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    LoginError,
    NoCredentialsError,
    PartialCredentialsError,
    RefreshWithMFAUnsupportedError,
    SSOError,
    TokenRetrievalError,
)

from common.twin_keys import ANY_SECRET, is_twin_key
from muster.aws.threads import await_in_loop, start_daemon_thread
from muster.errors import AccountError
from muster.terminal import set_terminal_modes

NO_CREDENTIALS_ERRORS = (
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    SSOError,
    TokenRetrievalError,
    LoginError,
    RefreshWithMFAUnsupportedError,
)
"""botocore's errors for missing and expired credentials."""
SIGN_IN_ERRORS = (BotoCoreError, ClientError, EOFError, OSError, RuntimeError)
"""Errors of a failed sign-in: a refused role, no input for a code, a program that can't be started,
and new credentials that have expired already, since this machine's clock is wrong."""
_SIGN_IN_HINT = "sign in to AWS, or `source .twin/env` for the twin"
SIGN_IN_TIMEOUT_S = 120.0


def missing_credentials(why: str) -> AccountError:
    """The error for missing credentials, with the reason."""
    return AccountError(f"no AWS credentials: {' '.join(why.split())}; {_SIGN_IN_HINT}")


@contextmanager
def restored_terminal() -> Iterator[None]:
    """Restore the terminal's modes when a sign-in is cancelled.

    botocore turns the echo off to read a code. It does so in a thread that goes on after the
    cancellation, and turns the echo on too late or never.
    """
    try:
        tty = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:  # no terminal
        yield
        return
    try:
        modes = termios.tcgetattr(tty)
        with ExitStack() as on_error:
            on_error.callback(set_terminal_modes, tty, modes)
            yield
            on_error.pop_all()
    finally:
        os.close(tty)


@dataclass(frozen=True, slots=True, kw_only=True)
class TwinCredentials:
    """What calls to a twin are signed with."""

    access_key: str = "test"
    secret_key: str = ANY_SECRET
    token: str | None = None
    """Of temporary credentials."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsEnd:
    """When credentials end."""

    temporary: bool
    epoch_s: float | None
    """Seconds since 1970; None: they don't end, or nobody says when."""


def find_credentials_end(session: boto3.Session) -> CredentialsEnd:
    """Of the session's credentials as they are now. Raises AccountError."""
    try:
        credentials = session.get_credentials()
        frozen = credentials.get_frozen_credentials() if credentials else None
    except SIGN_IN_ERRORS as exc:
        raise missing_credentials(str(exc) or type(exc).__name__) from exc
    # botocore has no public name for it; it is None for keys without an end.
    expiry = getattr(credentials, "_expiry_time", None)
    return CredentialsEnd(
        temporary=bool(frozen and frozen.token),
        epoch_s=expiry.timestamp() if expiry is not None else None,
    )


def find_twin_credentials(environ: Mapping[str, str], endpoint_url: str | None) -> TwinCredentials:
    """Those of a shell that has sourced the `.twin/env` of this endpoint's twin.

    They may be the keys of one of the twin's users or roles. In any other shell, keys may be real,
    and are not used for a twin; but for a key that names a twin: others than that refuse it.
    """
    key = environ.get("AWS_ACCESS_KEY_ID", "")
    if "TWIN_HOME" in environ and environ.get("AWS_ENDPOINT_URL") == endpoint_url and key:
        secret = environ.get("AWS_SECRET_ACCESS_KEY") or ANY_SECRET
        token = environ.get("AWS_SESSION_TOKEN") or None
        return TwinCredentials(access_key=key, secret_key=secret, token=token)
    return TwinCredentials(access_key=key) if is_twin_key(key) else TwinCredentials()


class SignIn:
    """Obtains the credentials of a session once; after a failure the next caller tries again."""

    def __init__(
        self, session: Callable[[], boto3.Session], within_s: float = SIGN_IN_TIMEOUT_S
    ) -> None:
        self._session = session
        self._within_s = within_s
        self._is_done = False
        self._under_way: Future[None] | None = None
        self._lock = threading.Lock()

    async def ensure(self) -> None:
        """Wait until there are credentials. Raises AccountError, InvalidSetting.

        Concurrent callers share one sign-in, so that a person is asked once.
        """
        if self._is_done:
            return
        # Only the first caller restores the terminal: for later ones the echo is off already.
        with restored_terminal() if self._under_way is None else nullcontext():
            await self._wait()

    async def _wait(self) -> None:
        with self._lock:
            under_way = self._under_way = self._under_way or start_daemon_thread(self._sign_in)
        try:
            async with asyncio.timeout(self._within_s):
                await asyncio.shield(await_in_loop(under_way))
        except TimeoutError:
            raise missing_credentials(
                f"the sign-in did not end within {self._within_s:g} s"
            ) from None

    def _sign_in(self) -> None:
        """Runs in the thread. Raises AccountError, InvalidSetting."""
        try:
            credentials = self._session().get_credentials()
            if credentials is None:
                raise NoCredentialsError
            credentials.get_frozen_credentials()
            self._is_done = True
        except SIGN_IN_ERRORS as exc:
            raise missing_credentials(str(exc) or type(exc).__name__) from exc
        finally:
            with self._lock:
                self._under_way = None
