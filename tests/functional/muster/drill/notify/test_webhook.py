"""Webhooks over real sockets: receivers that answer, refuse, redirect, hang or are not there."""

import json
import socket
from collections.abc import Mapping

import pytest

from muster.drill.notify.fan_out import FanOut, close_outboxes
from muster.drill.notify.outbox import Outbox
from muster.drill.notify.webhook import Webhook
from muster.errors import NotDelivered
from muster.webhook_address import parse_webhooks
from tests.clocks import ManualClock
from tests.functional.muster.drill.notify.webhook_server import serve_webhook
from tests.unit.muster.drill.fake_system import FakeSystem, NullListener
from tests.unit.muster.drill.notify.builders import NOTICE, OPENED
from tests.unit.muster.drill.run.builders import Drill, make_short_plan

IMPATIENT_S = 0.2


def make_webhook(text: str, environ: Mapping[str, str] | None = None) -> Webhook:
    (address,) = parse_webhooks(text)
    return Webhook("webhook", address, environ or {}, IMPATIENT_S)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_a_notice_arrives_as_json_with_the_secret_header() -> None:
    with serve_webhook() as server:
        text = f"{server.url} header=Authorization:DRILL_TOKEN"
        make_webhook(text, {"DRILL_TOKEN": "Bearer secret"}).deliver(NOTICE)

    assert server.bodies[0]["id"] == "run/1"
    assert server.headers[0]["Authorization"] == "Bearer secret"
    assert server.headers[0]["Content-Type"] == "application/json"


def test_slacks_form_is_chosen_by_the_setting() -> None:
    with serve_webhook() as server:
        make_webhook(f"{server.url} form=slack").deliver(NOTICE)

    assert server.bodies[0].keys() == {"text"}


@pytest.mark.parametrize(
    ("status", "words", "transient"),
    [
        (500, "HTTP 500", True),
        (429, "HTTP 429", True),
        (404, "HTTP 404", False),
        (302, "HTTP 302, a redirect, which is not followed", False),
        (307, "HTTP 307, a redirect, which is not followed", False),
        (0, "no answer within 0.2 s", True),
    ],
)
def test_an_answer_that_is_not_good_is_told_in_words(
    status: int, words: str, transient: bool
) -> None:
    with serve_webhook(status) as server:
        with pytest.raises(NotDelivered) as caught:
            make_webhook(server.url).deliver(NOTICE)

        assert (str(caught.value), caught.value.transient) == (words, transient)
        assert len(server.bodies) == 1  # no redirect was followed


def test_a_port_that_nobody_listens_on_is_a_transient_error() -> None:
    with pytest.raises(NotDelivered, match="not reached") as caught:
        make_webhook(f"http://127.0.0.1:{free_port()}/x").deliver(NOTICE)

    assert caught.value.transient


def test_a_proxy_of_the_environment_is_not_asked_for_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    monkeypatch.delenv("no_proxy", raising=False)

    with serve_webhook() as server:
        make_webhook(server.url).deliver(NOTICE)

    assert len(server.bodies) == 1


@pytest.mark.parametrize("environ", [{}, {"DRILL_TOKEN": "a\nX-Other: b"}])
def test_without_a_usable_value_of_the_header_nothing_is_sent(environ: dict[str, str]) -> None:
    with serve_webhook() as server:
        with pytest.raises(NotDelivered, match="variable DRILL_TOKEN") as caught:
            make_webhook(f"{server.url} header=X-Token:DRILL_TOKEN", environ).deliver(NOTICE)

        assert server.bodies == []
        assert not caught.value.transient


def run_drill(*outboxes: Outbox) -> str:
    """The journal of a drill over the fake system that tells these."""
    drill = Drill(FakeSystem(), make_short_plan("evacuate"))
    drill.ports["listener"] = FanOut(NullListener(), outboxes, OPENED, lambda: None)
    drill.run()
    return json.dumps(drill.lines)


@pytest.mark.parametrize("status", [200, 500, 302, 0, None])
def test_a_drill_ends_at_the_same_time_with_the_same_code(status: int | None) -> None:
    alone = run_drill()
    with serve_webhook(status or 0) as server:
        url = server.url if status is not None else f"http://127.0.0.1:{free_port()}/x"
        outbox = Outbox(make_webhook(url), lambda _s: None)

        told = run_drill(outbox)

        losses = close_outboxes([outbox], ManualClock(0.0).monotonic, 60)
    assert told == alone
    assert bool(losses) == (status != 200)
