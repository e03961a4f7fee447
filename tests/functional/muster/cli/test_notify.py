"""`muster notify`: its exit codes and its document."""

import json
from pathlib import Path

from tests.functional.muster.drill.notify.webhook_server import serve_webhook
from tests.unit.muster.cli.builders import Capture
from tests.unit.muster.cli.command_line import CommandLine


def notify(
    folder: Path, capsys: Capture, line: str = "notify", **environ: str
) -> tuple[int, str, str]:
    return CommandLine(folder, environ=environ).main(line, capsys)


def test_nobody_to_tell_is_wrong_usage(tmp_path: Path, capsys: Capture) -> None:
    code, _, errors = notify(tmp_path, capsys)

    assert code == 2
    assert "nobody is told about drills: no setting names a destination" in errors


def test_a_test_notice_is_sent_to_each(tmp_path: Path, capsys: Capture) -> None:
    with serve_webhook() as server:
        code, output, _ = notify(tmp_path, capsys, MUSTER_WEBHOOKS=server.url)

    assert (code, output) == (0, f"webhook 1 (http://127.0.0.1:{server.port}): delivered\n")
    assert [(body["kind"], body["run"]) for body in server.bodies] == [("test", "")]


def test_a_loss_has_an_exit_code_and_its_reason(tmp_path: Path, capsys: Capture) -> None:
    with serve_webhook(404) as server:
        code, output, _ = notify(tmp_path, capsys, "notify --json", MUSTER_WEBHOOKS=server.url)

    (found,) = json.loads(output)["destinations"]
    assert code == 1
    assert found["loss"].endswith("1 of 1 notices not delivered: HTTP 404")
