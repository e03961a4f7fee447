"""The completion script in a real bash."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]
PROGRAM = """
twin() {{ {python} -m twin "$@"; }}
eval "$(twin completion bash)"
COMP_LINE="{line}" COMP_POINT={at}
_twin_completion twin {last}
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("twin curl --from Portl", ["Portland"]),
        ("twin curl --from New", [r"New\ York"]),
        ("twin region fr", ["freeze"]),
    ],
)
def test_bash_offers_what_the_script_finds(line: str, offered: list[str], tmp_path: Path) -> None:
    program = tmp_path / "twin"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m twin "$@"\n')
    program.chmod(0o755)
    script = PROGRAM.format(
        python=sys.executable, line=line, at=len(line), last=line.rpartition(" ")[2]
    )

    done = subprocess.run(
        ["bash", "-c", script],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.splitlines() == offered
