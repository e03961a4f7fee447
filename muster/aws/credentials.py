"""Credentials: had before the time of a call begins to run, and said in words when missing.

Decides how long a sign-in may take: a person types the code of a device, a program opens a browser,
a role is taken in a far Region. That is not AWS being slow to answer. Refuses to know any call.
"""

import asyncio
import os
import termios
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, nullcontext

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
"""What botocore raises when there are none, or none any more."""
SIGN_IN_ERRORS = (BotoCoreError, ClientError, EOFError, OSError, RuntimeError)
"""What may come of a sign-in: a role that is refused, nobody there to type a code, a program that
can't be started, and what botocore says of fresh credentials that are over already, as they are on
a machine whose clock is wrong."""
SIGN_IN = "sign in to AWS, or `source .twin/env` for the twin"
SIGN_IN_S = 120.0
"""How long to wait for a person."""


def missing_credentials(why: str) -> AccountError:
    """The error for credentials that can't be had."""
    return AccountError(f"no AWS credentials: {' '.join(why.split())}; {SIGN_IN}")


@contextmanager
def restored_terminal() -> Iterator[None]:
    """Leave the terminal as it was when a sign-in is broken off.

    botocore reads a code in a thread that is not waited for then: it has turned the echo off, and
    does not come to turn it on again.
    """
    try:
        tty = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY)
    except OSError:  # there is none
        yield
        return
    try:
        found = termios.tcgetattr(tty)
        try:
            yield
        except BaseException:
            set_terminal_modes(tty, found)
            raise
    finally:
        os.close(tty)


class SignIn:
    """Has the credentials of one session, once. One that failed is made again when next asked."""

    def __init__(self, session: Callable[[], boto3.Session], within_s: float = SIGN_IN_S) -> None:
        """Nothing is asked yet."""
        self._session = session
        self._within_s = within_s
        self._done = False
        self._under_way: Future[None] | None = None
        self._lock = threading.Lock()

    async def done(self) -> None:
        """Wait until there are credentials. Callers at once share one sign-in, so that a person
        is asked once. Raises WrongTarget, SettingWrong."""
        if self._done:
            return
        # Who begins knows how the terminal was; those who join may find it without an echo.
        with restored_terminal() if self._under_way is None else nullcontext():
            await self._wait()

    async def _wait(self) -> None:
        with self._lock:
            under_way = self._under_way = self._under_way or self._begin()
        try:
            async with asyncio.timeout(self._within_s):
                await asyncio.shield(asyncio.wrap_future(under_way))
        except TimeoutError:
            raise missing_credentials(
                f"the sign-in did not end within {self._within_s:g} s"
            ) from None

    def _begin(self) -> Future[None]:
        """In a daemon thread: a sign-in that hangs can't keep the tool from ending."""
        future: Future[None] = Future()
        threading.Thread(target=self._work, args=(future,), daemon=True).start()
        return future

    def _work(self, future: Future[None]) -> None:
        error: BaseException | None = None
        try:
            credentials = self._session().get_credentials()
            if credentials is None:
                raise NoCredentialsError  # noqa: TRY301 - as botocore does when it signs
            credentials.get_frozen_credentials()
        except SIGN_IN_ERRORS as exc:
            error = missing_credentials(str(exc) or type(exc).__name__)
            error.__cause__ = exc
        except BaseException as exc:  # noqa: BLE001 - handed to whoever waits
            error = exc
        with self._lock:
            self._done, self._under_way = error is None, None
        if error is None:
            future.set_result(None)
        else:
            future.set_exception(error)
