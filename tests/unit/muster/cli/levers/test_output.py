"""What a change by hand prints."""

import json
from dataclasses import dataclass

from muster.cli.levers.output import format_change
from muster.drill.guards.context import GuardVerdict
from tests.unit.muster.cli.builders import Capture
from tests.unit.muster.cli.command_line import CommandLine


@dataclass(frozen=True)
class Turned:
    region: str


def test_it_has_the_change_and_what_each_guard_found() -> None:
    verdict = GuardVerdict(guard="lease", ruling="ok", reason="no other drill is under way")

    document = json.loads(format_change(Turned("us-west-2"), (verdict,), answer=None))

    assert document == {
        "region": "us-west-2",
        "answer": None,
        "guards": [
            {
                "guard": "lease",
                "ruling": "ok",
                "reason": "no other drill is under way",
                "forced": False,
            }
        ],
    }


def test_every_lever_with_json_has_it(on_twin: CommandLine, capsys: Capture) -> None:
    for line in ("dial us-west-2 50", "health us-west-2 fail"):
        document = json.loads(on_twin.main(f"{line} --no-wait --json", capsys)[1])

        assert document["region"] == "us-west-2"
        assert {one["ruling"] for one in document["guards"]} == {"ok"}
