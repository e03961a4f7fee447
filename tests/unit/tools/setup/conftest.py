"""The checkout that the tests run in."""

from pathlib import Path

import pytest

from tools.setup.layout import CheckoutLayout


@pytest.fixture
def layout() -> CheckoutLayout:
    return CheckoutLayout(Path(__file__).resolve().parents[4])
