"""The lock's entries, uv's settings and its errors."""

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


UNTRUSTED = """`uv pip sync ...` failed (2); its output is in uv.log, and ends:
    Using Python 3.11.7 environment at: .venv
    error: Failed to fetch: https://index.example/simple/click/
      cause: error sending request for url (https://index.example/simple/click/)
      cause: client error (Connect)
      cause: invalid peer certificate: UnknownIssuer

    hint: Consider enabling use of system TLS certificates with the `--system-certs` flag
"""
MISMATCH = """    error: Failed to download `click==8.1.7`
      cause: Hash mismatch for `click==8.1.7`

             Expected:
               sha256:0000
"""


def test_uv_s_error_is_quoted_with_its_innermost_cause_and_no_hint() -> None:
    assert python_environment.extract_uv_error(UNTRUSTED) == (
        "Failed to fetch: https://index.example/simple/click/: "
        "invalid peer certificate: UnknownIssuer"
    )
    assert python_environment.extract_uv_error(MISMATCH) == (
        "Failed to download `click==8.1.7`: Hash mismatch for `click==8.1.7`"
    )


def test_without_an_error_of_uv_the_last_line_is_quoted() -> None:
    missing = "requirements.lock has no uv; add it to requirements.in: make lock"

    assert python_environment.extract_uv_error(missing) == missing
    assert python_environment.extract_uv_error("ERROR: No distribution for uv\n[notice] new") == (
        "No distribution for uv"
    )
