"""What a command prints about its outputs, and while it waits."""

import asyncio
import json
from dataclasses import replace

import pytest

from muster.cli.context import wait_with_notice
from tests.unit.muster.cli.command_line import CommandLine
from tests.unit.muster.sample_stack import make_outputs


def test_a_long_wait_prints_its_longest_duration_once() -> None:
    notices: list[str] = []

    async def wait() -> str:
        notified = asyncio.Event()

        async def work() -> str:
            await notified.wait()
            return "done"

        def notify(line: str) -> None:
            notices.append(line)
            notified.set()

        return await wait_with_notice(work(), 120.0, notice_after_s=0.0, notify=notify)

    assert asyncio.run(wait()) == "done"
    assert notices == ["still waiting; this may take up to 2:00 min"]


def test_a_short_wait_prints_nothing() -> None:
    notices: list[str] = []

    async def work() -> str:
        return "done"

    assert asyncio.run(wait_with_notice(work(), 120.0, notify=notices.append)) == "done"
    assert notices == []


def test_an_interrupted_change_is_said_to_stay() -> None:
    notices: list[str] = []

    async def work() -> None:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(wait_with_notice(work(), 120.0, notify=notices.append))

    assert notices == [
        "interrupted; a change that was sent already stays: `muster status` shows it"
    ]


def test_a_notice_about_the_outputs_is_printed(
    on_aws: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    (on_aws.folder / ".muster").mkdir()
    kept = on_aws.folder / ".muster" / "outputs-prod.json"
    kept.write_text(json.dumps(make_outputs()))
    context = on_aws.context().with_flags({"stack": "prod"})
    no_pulumi = replace(context, environ={"USER": "me"})

    deployment = no_pulumi.open_deployment()

    assert deployment.stack.kept_age_s is not None
    assert "! these are the outputs of" in capsys.readouterr().err


def test_a_change_whose_credentials_nobody_can_verify_is_made_and_says_so(
    on_twin: CommandLine, capsys: pytest.CaptureFixture[str]
) -> None:
    on_twin.aws.down = {"sts"}

    code, _, errors = on_twin.main("dial us-west-2 50 --no-wait", capsys)

    assert code == 0
    assert "(credentials not verified: " in errors
