"""Runs the pages' JavaScript modules in Node.js, where a test needs no document and no window.

The modules lie side by side there, as they do below /web/ in a browser. Playwright's package has a
Node.js of its own, so that these tests run on every machine.
"""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import playwright

NODE = Path(playwright.__file__).parent / "driver" / "node"
WEB = Path(__file__).resolve().parents[1] / "app" / "web"
DEADLINE_S = 60


def run_in_node(folder: Path, script: str) -> Any:  # noqa: ANN401 - whatever the script shows
    """What the script shows with console.log, a JSON document. It may import any ./NAME.js."""
    (folder / "package.json").write_text('{"type": "module"}')
    for module in WEB.rglob("*.js"):
        shutil.copyfile(module, folder / module.name)
    (folder / "the_test.js").write_text(script)
    shown = subprocess.run(
        [NODE, "the_test.js"],
        cwd=folder,
        capture_output=True,
        check=False,
        text=True,
        timeout=DEADLINE_S,
    )
    assert shown.returncode == 0, shown.stderr
    return json.loads(shown.stdout)
