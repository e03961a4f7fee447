"""Credentials: obtained before a call's time-out starts; clear errors when they are missing."""

import asyncio
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import boto3
import botocore.session
import pytest
from botocore import exceptions as boto
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import ClientError

from muster.aws.clients import AwsClients, CallPolicy
from muster.aws.credentials import (
    CredentialsEnd,
    SignIn,
    TwinCredentials,
    find_credentials_end,
    find_twin_credentials,
)
from muster.aws.threads import run_in_thread
from muster.errors import AccountError
from tests.unit.muster.drill.pseudo_terminal import run_in_terminal
from tests.unit.muster.sample_stack import ENDPOINT, OREGON

HASTY = CallPolicy(connect_s=1, read_s=1, total_s=0.02)


class SlowSignIn(boto3.Session):
    """A session whose credentials are there once `go` is set."""

    def __init__(self, *answers: Credentials | Exception | None) -> None:
        super().__init__("key", "secret")
        self.answers = list(answers)
        self.asked = 0
        self.begun = threading.Event()
        self.go = threading.Event()

    def get_credentials(self) -> Any:  # noqa: ANN401 - boto3 says nothing of it
        self.asked += 1
        self.begun.set()
        self.go.wait(10)
        answer = self.answers.pop(0) if self.answers else Credentials("key", "secret")
        if isinstance(answer, Exception):
            raise answer
        return answer


def make_ready_session(*answers: Credentials | Exception | None) -> SlowSignIn:
    """A session whose credentials are there at once."""
    session = SlowSignIn(*answers)
    session.go.set()
    return session


@dataclass
class SentCalls:
    """The names of the calls that were sent."""

    sent: list[str] = field(default_factory=list)

    def of(self, session: boto3.Session, endpoint_url: str | None = None) -> AwsClients:
        session.events.register("before-call.*.*", self._take)  # type: ignore[arg-type]  # it answers
        return AwsClients(session=session, endpoint_url=endpoint_url, timeout_s=60.0)

    def _take(self, model: Any, **_: object) -> tuple[object, dict[str, object]]:  # noqa: ANN401
        self.sent.append(model.name)
        return FakeHttpAnswer(), {"Account": "1", "Arn": "a"}


class FakeHttpAnswer:
    """The part of an HTTP answer that botocore reads."""

    status_code = 200


async def test_the_timeout_of_a_call_starts_after_the_sign_in() -> None:
    """A code of a device is typed, a browser is opened: that is not AWS being slow.

    https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
    """
    session = SlowSignIn()
    clients = SentCalls().of(session)
    call = asyncio.ensure_future(clients.call(HASTY, "sts", OREGON, "get_caller_identity"))
    await run_in_thread(session.begun.wait)

    done, _ = await asyncio.wait({call}, timeout=10 * HASTY.total_s)

    assert not done
    session.go.set()
    await asyncio.wait({call})


async def test_concurrent_calls_share_one_sign_in() -> None:
    session, calls = SlowSignIn(), SentCalls()
    clients = calls.of(session)
    asking = [
        asyncio.ensure_future(clients.read("sts", OREGON, "get_caller_identity")) for _ in range(5)
    ]
    await run_in_thread(session.begun.wait)
    session.go.set()

    await asyncio.gather(*asking)
    await clients.read("sts", OREGON, "get_caller_identity")

    assert session.asked == 1
    assert len(calls.sent) == 6


async def test_the_call_after_a_failed_sign_in_tries_again() -> None:
    session, calls = make_ready_session(EOFError(), Credentials("key", "secret")), SentCalls()
    clients = calls.of(session)

    with pytest.raises(AccountError):
        await clients.read("sts", OREGON, "get_caller_identity")
    await clients.read("sts", OREGON, "get_caller_identity")

    assert calls.sent == ["GetCallerIdentity"]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "Unable to locate credentials"),
        (EOFError(), "EOFError"),  # nobody there to type a code
        (boto.UnauthorizedSSOTokenError(), "aws sso login"),
        (boto.EndpointConnectionError(endpoint_url="https://sts"), "Could not connect"),
        (ClientError({"Error": {"Code": "AccessDenied"}}, "AssumeRole"), "AccessDenied"),
        (RuntimeError("the refreshed credentials are still expired."), "still expired"),
    ],
)
async def test_a_sign_in_that_fails_says_why_and_what_to_do(
    answer: Exception | None, words: str
) -> None:
    clients = SentCalls().of(make_ready_session(answer))

    with pytest.raises(AccountError, match=rf"no AWS credentials: .*{words}.*; sign in to AWS"):
        await clients.read("sts", OREGON, "get_caller_identity")


async def test_a_sign_in_has_a_timeout() -> None:
    session = SlowSignIn()

    with pytest.raises(AccountError, match=r"the sign-in did not end within 0.01 s"):
        await SignIn(lambda: session, within_s=0.01).ensure()
    session.go.set()


BROKEN_OFF = """
import sys, termios
from muster.aws.credentials import restored_terminal

try:
    with restored_terminal():
        modes = termios.tcgetattr(0)
        modes[3] &= ~termios.ECHO
        termios.tcsetattr(0, termios.TCSANOW, modes)
        print("first", flush=True)
        sys.stdin.readline()
        raise KeyboardInterrupt
except KeyboardInterrupt:
    print("second", flush=True)
    sys.stdin.readline()
"""


def test_a_terminal_whose_sign_in_is_broken_off_shows_keys_again() -> None:
    """botocore asks for a code by getpass, which hides it, in a thread that does not end then."""
    shown = run_in_terminal(BROKEN_OFF, {"first": "hidden\n", "second": "plain\n"})

    assert "hidden" not in shown
    assert "plain" in shown


async def test_for_a_twin_nobody_signs_in() -> None:
    session, calls = make_ready_session(), SentCalls()

    await calls.of(session, ENDPOINT).read("sts", OREGON, "get_caller_identity")

    assert (session.asked, calls.sent) == (0, ["GetCallerIdentity"])


SHELL = {
    "TWIN_HOME": "/twin",
    "AWS_ENDPOINT_URL": ENDPOINT,
    "AWS_ACCESS_KEY_ID": "AKIA1",
    "AWS_SECRET_ACCESS_KEY": "s",
    "AWS_SESSION_TOKEN": "t",
}


def test_a_shell_of_the_twin_has_its_credentials() -> None:
    found = find_twin_credentials(SHELL, ENDPOINT)

    assert found == TwinCredentials(access_key="AKIA1", secret_key="s", token="t")


@pytest.mark.parametrize("missing", ["TWIN_HOME", "AWS_ENDPOINT_URL", "AWS_ACCESS_KEY_ID"])
def test_keys_that_may_be_real_are_not_used_for_a_twin(missing: str) -> None:
    other = {name: value for name, value in SHELL.items() if name != missing}

    assert find_twin_credentials(other, ENDPOINT) == TwinCredentials(access_key="test")


def test_a_key_that_names_a_twin_is_used_so_that_others_refuse_it() -> None:
    named = {"AWS_ACCESS_KEY_ID": "AKIATWIN03ABCDEFGHIJ"}

    found = find_twin_credentials(named, ENDPOINT)

    assert found == TwinCredentials(access_key="AKIATWIN03ABCDEFGHIJ")


def test_the_end_of_credentials_is_known_where_somebody_says_it() -> None:
    keys = boto3.Session(aws_access_key_id="a", aws_secret_access_key="s")
    session = boto3.Session(aws_access_key_id="a", aws_secret_access_key="s", aws_session_token="t")
    renewed = botocore.session.get_session()
    ends = datetime(2099, 1, 1, tzinfo=UTC)
    renewed._credentials = RefreshableCredentials(  # type: ignore[attr-defined]
        "a", "s", "t", ends, dict, "test"
    )

    assert find_credentials_end(keys) == CredentialsEnd(temporary=False, epoch_s=None)
    assert find_credentials_end(session) == CredentialsEnd(temporary=True, epoch_s=None)
    assert find_credentials_end(boto3.Session(botocore_session=renewed)) == CredentialsEnd(
        temporary=True, epoch_s=ends.timestamp()
    )
