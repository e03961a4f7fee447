"""The checkout that the tests run in."""

from pathlib import Path

import pytest

from tools.setup.layout import Layout


@pytest.fixture
def layout() -> Layout:
    """Its folders."""
    return Layout(Path(__file__).resolve().parents[4])
