"""Where scenarios are found: a file's path, the user's own folder, the shipped ones.

Decides that a user's scenario wins over a shipped one of the same name.
"""

from pathlib import Path

from muster.drill.scenario import Scenario, load
from muster.errors import ScenarioWrong

SHIPPED = Path(__file__).parents[1] / "scenarios"
SUFFIXES = (".yaml", ".yml")


def find(name: str, own: Path | None) -> Scenario:
    """The scenario of this name, or in this file. Raises ScenarioWrong."""
    if name.endswith(SUFFIXES) or "/" in name:
        return load(Path(name))
    for folder in _folders(own):
        for suffix in SUFFIXES:
            path = folder / f"{name}{suffix}"
            if path.exists():
                return load(path)
    known = ", ".join(scenario.name for scenario in everything(own))
    raise ScenarioWrong(name, "", f"there is no such scenario; known are {known}, or give a file")


def everything(own: Path | None) -> list[Scenario]:
    """Every scenario, the user's own first, each by name. Raises ScenarioWrong."""
    found: dict[str, Scenario] = {}
    for folder in _folders(own):
        for path in sorted(folder.glob("*.y*ml"), key=lambda path: path.stem):
            if path.suffix in SUFFIXES and path.stem not in found:
                found[path.stem] = load(path)
    return list(found.values())


def _folders(own: Path | None) -> list[Path]:
    if own is None:
        return [SHIPPED]
    if not own.is_dir():
        raise ScenarioWrong(str(own), "", "is no folder (setting scenarios)")
    return [own, SHIPPED]
