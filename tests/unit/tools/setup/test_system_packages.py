"""Installing packages of the system, with a stand-in for apt-get."""

from pathlib import Path

import pytest

from tests.unit.tools.setup.programs import write_program
from tools.setup.layout import CheckoutLayout
from tools.setup.progress import ProgressStep, SetupFailed
from tools.setup.system_packages import install_system_package


def test_a_package_is_installed_from_fresh_lists_without_questions(tmp_path: Path) -> None:
    calls = tmp_path / "calls"
    apt_get = write_program(tmp_path / "apt-get", f'echo "$DEBIAN_FRONTEND $@" >> {calls}')

    install_system_package(
        "tool", CheckoutLayout(tmp_path), ProgressStep("T"), lacking="no tool", apt_get=apt_get
    )

    assert calls.read_text() == "noninteractive update -q\nnoninteractive install -qy tool\n"


def test_a_user_who_may_not_install_is_told_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(SetupFailed, match=r"^no tool; install tool \(sudo apt-get install tool\)"):
        install_system_package(
            "tool", CheckoutLayout(tmp_path), ProgressStep("T"), lacking="no tool", apt_get=None
        )


def test_a_failed_install_shows_why(tmp_path: Path) -> None:
    apt_get = write_program(tmp_path / "apt-get", "echo no such package; exit 100")

    with pytest.raises(SetupFailed, match=r"failed \(100\)[^$]*no such package"):
        install_system_package(
            "tool", CheckoutLayout(tmp_path), ProgressStep("T"), lacking="no tool", apt_get=apt_get
        )
