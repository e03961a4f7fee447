"""The completion scripts in real shells: a line with tabs is typed, and run."""

import fcntl
import json
import os
import pty
import shutil
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.unit.muster.sample_stack import make_outputs
from tests.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]
PROMPT = b"ready>"
"""Not the text of a setup below, which the terminal echoes."""
PROGRAM = """#!/bin/sh
# Completes as the program does, and tells how it would be run.
if [ "$_{upper}_COMPLETE" ] || [ "$1" = completion ]; then exec {python} -m {name} "$@"; fi
printf '%s\\n' "$@" > ran.part && mv ran.part ran
"""
SHELLS = {
    "bash": (
        ["bash", "--norc", "--noprofile", "-i"],
        'eval "$(muster completion bash)"; eval "$(twin completion bash)"; PS1=ready\\>',
    ),
    "zsh": (
        ["zsh", "-f", "-i"],
        "autoload -Uz compinit; compinit -D -u;"
        ' eval "$(muster completion zsh)"; eval "$(twin completion zsh)"; PS1=ready\\>',
    ),
    "fish": (
        ["fish", "--no-config", "--interactive"],
        "muster completion fish | source; twin completion fish | source;"
        " function fish_prompt; printf ready; printf '>'; end",
    ),
}


def run_typed(shell: str, line: str, folder: Path) -> list[str]:
    """Type a line with tabs into a shell, and run it; the program's arguments."""
    _write_programs(folder / "bin")
    command, setup = SHELLS[shell]
    master, slave = pty.openpty()
    environ = {
        "PATH": f"{folder}/bin:/usr/bin:/bin",
        "PYTHONPATH": str(ROOT),
        "HOME": str(folder),
        "TERM": "dumb",
        "LANG": "C.UTF-8",
        "MUSTER_OUTPUTS": "out.json",
    }
    process = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=folder,
        env=environ,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - needs no lock
    )
    os.close(slave)
    os.set_blocking(master, False)
    shown = bytearray()

    def shows_prompt() -> bool:
        shown.extend(os.read(master, 65536))
        return PROMPT in shown

    try:
        os.write(master, f"{setup}\n".encode())
        eventually(shows_prompt, within_s=60.0)
        os.write(master, f"{line}\n".encode())
        eventually((folder / "ran").exists, within_s=30.0)
    finally:
        os.close(master)
        process.kill()
        process.wait()
    return (folder / "ran").read_text().splitlines()


def _write_programs(folder: Path) -> None:
    folder.mkdir()
    for name in ("muster", "twin"):
        program = folder / name
        program.write_text(PROGRAM.format(upper=name.upper(), name=name, python=sys.executable))
        program.chmod(0o755)


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize(
    ("line", "arguments"),
    [
        (
            "muster --outputs=out.j\tdrill run evacuate --region=us\t--hold=2s",
            "--outputs=out.json drill run evacuate --region=us-west-2 --hold=2s",
        ),
        (
            "muster drill run shift --dials eu\t100,us\t30",
            "drill run shift --dials eu-central-1=100,us-west-2=30",
        ),
        (
            "muster drill run shift --dials=eu\t100,\t30 --step 5",
            "drill run shift --dials=eu-central-1=100,us-west-2=30 --step 5",
        ),
        (
            "twin curl --from=Portl\thttp://localhost",
            "curl --from=Portland http://localhost",
        ),
    ],
)
def test_a_tab_completes(shell: str, line: str, arguments: str, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    (tmp_path / "out.json").write_text(json.dumps(make_outputs()))

    assert run_typed(shell, line, tmp_path) == arguments.split()
