"""Where the plugin is installed, and when again."""

import os
from importlib.metadata import version
from pathlib import Path

from tests.functional.twin.provider.plugin_process import PYTHON, ROOT
from twin.provider.install import install_plugin


def test_an_installation_is_executable_names_the_version_and_is_done_once(tmp_path: Path) -> None:
    first = install_plugin(tmp_path, PYTHON, ROOT)
    written = first.stat().st_mtime_ns

    again = install_plugin(tmp_path, PYTHON, ROOT)

    folder = tmp_path / "plugins" / f"resource-aws-v{version('pulumi_aws')}"
    assert first == again == folder / "pulumi-resource-aws"
    assert os.access(first, os.X_OK)
    assert again.stat().st_mtime_ns == written
    assert [path.name for path in folder.iterdir()] == ["pulumi-resource-aws"]


def test_an_installation_of_another_checkout_is_replaced(tmp_path: Path) -> None:
    install_plugin(tmp_path, PYTHON, Path("/another place"))

    shim = install_plugin(tmp_path, PYTHON, ROOT)

    assert f"PYTHONPATH={ROOT}" in shim.read_text()
