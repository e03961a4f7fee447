"""Which browser the tests drive, and what happens without one."""

import io
from pathlib import Path

import pytest

from tests.unit.tools.setup.programs import write_program
from tools.setup.browser import find_browser, provide_browser
from tools.setup.layout import CheckoutLayout
from tools.setup.progress import ProgressStep, SetupFailed


def test_the_systems_chromium_comes_before_chrome(tmp_path: Path) -> None:
    write_program(tmp_path / "google-chrome")
    chromium = write_program(tmp_path / "chromium")

    assert find_browser(str(tmp_path)) == chromium


def test_a_browser_that_is_there_is_taken_as_it_is(tmp_path: Path) -> None:
    write_program(tmp_path / "google-chrome")
    out = io.StringIO()

    provide_browser(
        CheckoutLayout(tmp_path), ProgressStep("Chromium", out), path=str(tmp_path), apt_get=None
    )

    assert out.getvalue().split() == ["Chromium", "ready"]


def test_a_missing_browser_is_installed(tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    apt_get = write_program(tmp_path / "apt-get", f"cp $0 {programs}/$3")

    provide_browser(
        CheckoutLayout(tmp_path),
        ProgressStep("Chromium", io.StringIO()),
        path=str(programs),
        apt_get=apt_get,
    )

    assert find_browser(str(programs)) == str(programs / "chromium")


def test_a_package_without_the_program_is_an_error(tmp_path: Path) -> None:
    apt_get = write_program(tmp_path / "apt-get")

    with pytest.raises(SetupFailed, match="even with the package chromium"):
        provide_browser(
            CheckoutLayout(tmp_path), ProgressStep("C"), path=str(tmp_path / "no"), apt_get=apt_get
        )


def test_without_a_browser_or_the_right_to_install_the_error_says_what_to_do(
    tmp_path: Path,
) -> None:
    with pytest.raises(SetupFailed, match=r"PATH has none of chromium, .*apt-get install chromium"):
        provide_browser(
            CheckoutLayout(tmp_path), ProgressStep("C"), path=str(tmp_path), apt_get=None
        )
