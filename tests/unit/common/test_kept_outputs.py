"""The file of a stack's outputs."""

import json
from pathlib import Path

from common.kept_outputs import format_outputs, kept_outputs_path, list_kept_stacks


def test_each_stack_has_a_file_of_its_own(tmp_path: Path) -> None:
    for stack in ("prod", "me/muster/sandbox"):
        path = kept_outputs_path(tmp_path, stack)
        path.parent.mkdir(exist_ok=True)
        path.write_text(format_outputs({"stack": stack}))

    assert list_kept_stacks(tmp_path) == ["prod", "sandbox"]
    path = kept_outputs_path(tmp_path, "me/muster/sandbox")
    assert json.loads(path.read_text()) == {"stack": "me/muster/sandbox"}


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    assert list_kept_stacks(tmp_path) == []
