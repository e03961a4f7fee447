"""The project's sources, for tests that read all of them."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def find_sources(folder: str) -> list[Path]:
    """All modules below a folder of the project. A test of none would pass: that is an error."""
    found = sorted((ROOT / folder).rglob("*.py"))
    assert found, f"{ROOT / folder} has no module"
    return found
