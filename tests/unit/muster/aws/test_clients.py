"""Calls of AWS's API: time-outs, threads, and errors."""

import asyncio
import threading
from dataclasses import dataclass, field
from http.client import BadStatusLine
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import boto3
import botocore.session
import pytest
from botocore import exceptions as boto
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from botocore.parsers import ResponseParserError

from muster.aws.clients import (
    CHANGE_POLICY,
    AwsClients,
    CallPolicy,
    is_transient,
    read_policy,
    translated_errors,
)
from muster.aws.credentials import TwinCredentials
from muster.aws.threads import run_in_thread
from muster.errors import AccountError, CallFailed, InvalidSetting, MusterError, Unreachable
from tests.unit.muster.fake_aws import FakeAws, FakeFailure, FakeHttpStatus
from tests.unit.muster.sample_stack import ENDPOINT, OREGON


def client_error(code: str, status: int) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": "so\n  it is"},
            "ResponseMetadata": {"HTTPStatusCode": status},  # type: ignore[typeddict-item]  # enough
        },
        "DoThis",
    )


@pytest.mark.parametrize(
    ("error", "kind", "transient"),
    [
        (client_error("AccessDenied", 403), CallFailed, False),
        (client_error("ThrottlingException", 400), CallFailed, True),
        (client_error("ResourceConflictException", 409), CallFailed, True),
        (client_error("InternalError", 500), Unreachable, True),
        (boto.EndpointConnectionError(endpoint_url="x"), Unreachable, True),
        (boto.ConnectTimeoutError(endpoint_url="x"), Unreachable, True),
        (boto.ReadTimeoutError(endpoint_url="x"), Unreachable, True),
        (ResponseParserError("a page of a proxy"), Unreachable, True),
        (boto.ParamValidationError(report="x"), CallFailed, False),
    ],
)
def test_every_error_of_boto3_becomes_one_of_the_tool(
    error: Exception, kind: type[CallFailed], transient: bool
) -> None:
    with pytest.raises(CallFailed) as caught, translated_errors("svc", "do_this", "us-west-2"):
        raise error

    assert type(caught.value) is kind
    assert str(caught.value).startswith("svc do_this in us-west-2: ")
    assert "\n" not in str(caught.value)
    assert is_transient(caught.value) is transient


@pytest.mark.parametrize(
    "error",
    [
        boto.NoCredentialsError(),
        boto.PartialCredentialsError(provider="env", cred_var="x"),
        boto.SSOTokenLoadError(error_msg="x"),
        boto.UnauthorizedSSOTokenError(),
        boto.TokenRetrievalError(provider="sso", error_msg="x"),
        boto.RefreshWithMFAUnsupportedError(),
        boto.LoginRefreshRequired(),
        RuntimeError("Credentials were refreshed, but the refreshed credentials are expired."),
    ],
)
def test_the_error_for_missing_credentials_says_what_to_do(error: Exception) -> None:
    with pytest.raises(AccountError, match="sign in to AWS"), translated_errors("svc", "do", "r"):
        raise error


def test_a_runtime_error_of_the_tool_is_left_alone() -> None:
    with (
        pytest.raises(RuntimeError, match="no running event loop"),
        translated_errors("svc", "do", "r"),
    ):
        raise RuntimeError("no running event loop")


def test_a_server_that_is_not_reached_has_one_reason_whatever_was_asked_of_it() -> None:
    reasons = set()
    for path in ("", "2013-04-01/healthcheck", "2013-04-01/hostedzone/Z1/rrset?name=api"):
        with pytest.raises(Unreachable) as caught, translated_errors("svc", "do", "r"):
            raise boto.EndpointConnectionError(endpoint_url=f"http://127.0.0.1:1/{path}")
        reasons.add(str(caught.value))

    (reason,) = reasons
    assert reason.endswith('Could not connect to the endpoint URL: "http://127.0.0.1:1/"')


def test_no_error_of_botocore_is_left_untranslated() -> None:
    for name in dir(boto):
        error = getattr(boto, name)
        if not isinstance(error, type) or not issubclass(error, boto.BotoCoreError):
            continue
        made = error.__new__(error)
        Exception.__init__(made, "so")
        with pytest.raises(MusterError), translated_errors("svc", "do", "r"):
            raise made


async def test_a_client_is_kept_for_a_service_a_region_and_a_policy() -> None:
    clients = FakeAws().clients()

    assert clients.client("sts", OREGON) is clients.client("sts", OREGON)
    assert clients.client("sts", OREGON) is not clients.client("sts", OREGON, CHANGE_POLICY)


async def test_a_call_that_hangs_is_given_up() -> None:
    hangs = threading.Event()
    session = boto3.Session(aws_access_key_id="k", aws_secret_access_key="s")

    def hang(**_: object) -> None:
        hangs.wait(10)

    session.events.register("before-call.*.*", hang)
    clients = AwsClients(session=session)
    hurried = CallPolicy(connect_s=1, read_s=1, total_s=0.05)

    with pytest.raises(Unreachable, match=r"TimeOut: no answer within 0.05 s"):
        await clients.call(hurried, "sts", OREGON, "get_caller_identity")
    hangs.set()


async def test_the_time_that_botocore_needs_for_a_new_client_is_not_aws_time() -> None:
    hurried = CallPolicy(connect_s=1, read_s=1, total_s=0.5)

    def load_slowly(**_: object) -> None:
        threading.Event().wait(2 * hurried.total_s)

    session = boto3.Session(aws_access_key_id="k", aws_secret_access_key="s")
    session.events.register(
        "before-call.*.*",
        lambda **_: (FakeHttpStatus(200), {"Account": "1"}),  # type: ignore[arg-type]  # answers
    )
    session.events.register("creating-client-class", load_slowly)

    answer = await AwsClients(session=session).call(hurried, "sts", OREGON, "get_caller_identity")

    assert answer == {"Account": "1"}


@dataclass
class SlowAws:
    """Answers each call once `go` is set."""

    go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    arrived: list[str] = field(default_factory=list)

    def clients(self) -> AwsClients:
        session = boto3.Session(aws_access_key_id="k", aws_secret_access_key="s")
        session.events.register("before-call.*.*", self.arrive)  # type: ignore[arg-type]  # it may answer
        return AwsClients(session=session)

    def arrive(self, model: OperationModel, **_: object) -> tuple[object, dict[str, object]]:
        self.begun.set()
        self.go.wait(10)
        self.arrived.append(model.name)
        return FakeHttpStatus(200), {}


async def test_a_cancelled_change_has_arrived_when_its_caller_goes_on() -> None:
    slow = SlowAws()
    clients = slow.clients()
    change = asyncio.ensure_future(
        clients.change("dynamodb", OREGON, "delete_table", TableName="muster-test")
    )
    await run_in_thread(slow.begun.wait)

    change.cancel()
    done, _ = await asyncio.wait({change}, timeout=0.05)
    assert not done
    slow.go.set()

    with pytest.raises(asyncio.CancelledError):
        await change
    assert slow.arrived == ["DeleteTable"]


async def test_a_cancelled_read_is_not_waited_for() -> None:
    slow = SlowAws()
    read = asyncio.ensure_future(slow.clients().read("sts", OREGON, "get_caller_identity"))
    await run_in_thread(slow.begun.wait)

    read.cancel()
    with pytest.raises(asyncio.CancelledError):
        await read

    assert slow.arrived == []
    slow.go.set()


def test_a_twin_never_gets_real_keys() -> None:
    clients = AwsClients(endpoint_url=ENDPOINT, profile="real")

    client = clients.client("sts", OREGON)

    assert client.meta.endpoint_url == ENDPOINT
    assert client._request_signer._credentials.access_key == "test"


def test_a_twin_needs_no_profile_whatever_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody has this")
    clients = AwsClients(endpoint_url=ENDPOINT)

    clients.require_profile()

    assert clients.client("sts", OREGON).meta.endpoint_url == ENDPOINT


def test_a_twin_is_called_with_its_own_credentials() -> None:
    own = TwinCredentials(access_key="AKIA1", secret_key="s", token="t")

    client = AwsClients(endpoint_url=ENDPOINT, twin_credentials=own).client("sts", OREGON)

    found = client._request_signer._credentials
    assert (found.access_key, found.secret_key, found.token) == ("AKIA1", "s", "t")


class Sts(BaseHTTPRequestHandler):
    """Answers GetCallerIdentity, and logs nothing."""

    def do_POST(self) -> None:  # as the server calls it
        self.rfile.read(int(self.headers["Content-Length"]))
        body = b"<R><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></R>"
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


async def test_a_twin_is_called_without_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")  # where nobody listens
    monkeypatch.delenv("NO_PROXY", raising=False)
    with HTTPServer(("127.0.0.1", 0), Sts) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        clients = AwsClients(endpoint_url=f"http://127.0.0.1:{server.server_port}", timeout_s=60.0)

        answer = await clients.read("sts", OREGON, "get_caller_identity")
        server.shutdown()

    assert answer["Account"] == "1"


def test_on_aws_a_loopback_endpoint_of_the_profile_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(f"[default]\nendpoint_url = {ENDPOINT}\n")
    core = botocore.session.Session()
    core.set_config_variable("config_file", str(tmp_path / "config"))
    session = boto3.Session("key", "secret", botocore_session=core)

    with pytest.raises(AccountError, match=f"sends sts to {ENDPOINT}, but the target is AWS"):
        AwsClients(session=session).client("sts", OREGON)


def test_an_unknown_profile_is_named() -> None:
    with pytest.raises(InvalidSetting, match="profile is 'nobody has this'"):
        AwsClients(profile="nobody has this").client("sts", OREGON)


def test_an_unknown_profile_of_the_environment_is_named_with_its_variable(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody has this")

    with pytest.raises(InvalidSetting, match=r"profile is 'nobody has this' \(from AWS_PROFILE\)"):
        AwsClients().client("sts", OREGON)


def test_botocore_makes_one_attempt_within_the_timeout() -> None:
    read, change = read_policy(3.0).config(), CHANGE_POLICY.config()

    assert vars(read)["retries"] == {"mode": "standard", "total_max_attempts": 1}
    assert vars(change)["retries"] == {"mode": "standard", "total_max_attempts": 1}
    assert CHANGE_POLICY.connect_s + CHANGE_POLICY.read_s < CHANGE_POLICY.total_s


async def test_a_long_error_of_the_api_is_shortened() -> None:
    aws = FakeAws()
    aws.fail("GetCallerIdentity", FakeFailure("Denied", message="x" * 1000))

    with pytest.raises(CallFailed) as caught:
        await aws.clients().read("sts", OREGON, "get_caller_identity")

    assert len(str(caught.value)) < 400


def make_clients(answer: tuple[int, bytes] | Exception) -> AwsClients:
    """Clients of a twin whose endpoint has one answer."""

    def http_get(url: str, within_s: float) -> tuple[int, bytes]:
        assert (url, within_s) == (f"{ENDPOINT}/_twin/faults", 3.0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    return AwsClients(endpoint_url=ENDPOINT, get=http_get)


async def test_a_document_of_the_endpoint_is_returned_unchanged() -> None:
    assert await make_clients((200, b"{}")).fetch("/_twin/faults") == b"{}"


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ((403, b"no such\nroute"), CallFailed, "HTTP 403: no such route"),
        (ConnectionRefusedError("refused"), Unreachable, "ConnectionRefusedError: refused"),
        (BadStatusLine("SSH"), Unreachable, "BadStatusLine: SSH"),
    ],
)
async def test_an_endpoint_without_the_document_is_an_error(
    answer: tuple[int, bytes] | Exception, kind: type[CallFailed], words: str
) -> None:
    with pytest.raises(kind, match=f"twin /_twin/faults in {ENDPOINT}: {words}"):
        await make_clients(answer).fetch("/_twin/faults")
