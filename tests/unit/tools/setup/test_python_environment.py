"""The lock's entries and uv's settings."""

import pytest

from tools.setup import python_environment
from tools.setup.layout import CheckoutLayout
from tools.setup.progress import SetupFailed

LOCK = """aaa==1.0 \\
    --hash=sha256:1 \\
    --hash=sha256:2
    # via something
uv==0.13.8 \\
    --hash=sha256:3 \\
    --hash=sha256:4
    # via -r requirements.in
uvicorn==1.0 \\
    --hash=sha256:5
"""


def test_the_entry_of_a_package_has_all_its_hashes() -> None:
    assert python_environment.lock_entry(LOCK, "uv") == (
        "uv==0.13.8 \\\n    --hash=sha256:3 \\\n    --hash=sha256:4\n"
    )


def test_a_package_missing_from_the_lock_is_an_error_with_the_remedy() -> None:
    with pytest.raises(SetupFailed, match=r"no zzz; add it to requirements\.in: make lock"):
        python_environment.lock_entry(LOCK, "zzz")


def test_the_lock_of_this_checkout_pins_uv_and_names_no_index(layout: CheckoutLayout) -> None:
    lock = layout.lock.read_text()

    assert "--hash=sha256:" in python_environment.lock_entry(lock, "uv")
    assert "://" not in lock


def test_settings_for_pip_reach_uv_unless_uv_has_its_own() -> None:
    environ = {"PIP_INDEX_URL": "https://a/simple", "PIP_CERT": "/pip.pem", "SSL_CERT_FILE": "/s"}

    assert python_environment.uv_settings(environ) == {"UV_DEFAULT_INDEX": "https://a/simple"}
