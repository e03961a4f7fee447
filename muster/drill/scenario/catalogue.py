"""Where scenarios are found: a file's path, the user's own folder, the shipped ones.

Decides that a user's scenario wins over a shipped one of the same name, and that one which is found
by its name is named as its file.
"""

from pathlib import Path

from muster.drill.scenario.model import Scenario, load_scenario
from muster.errors import InvalidScenario

SHIPPED = Path(__file__).parents[2] / "scenarios"
SUFFIXES = (".yaml", ".yml")


def find_scenario(name: str, own: Path | None) -> Scenario:
    """The scenario of this name, or in this file. Raises ScenarioWrong."""
    if name.endswith(SUFFIXES) or "/" in name:
        return load_scenario(Path(name))
    files = _files(own)
    if name in files:
        return _named(files[name])
    known = ", ".join(files)
    raise InvalidScenario(name, "", f"there is no such scenario; known are {known}, or give a file")


def all_scenarios(own: Path | None) -> tuple[list[Scenario], list[InvalidScenario]]:
    """Every scenario, the user's own first, each by name; and what is wrong with the others.

    Raises ScenarioWrong when the folder is none.
    """
    found, wrong = [], []
    for path in _files(own).values():
        try:
            found.append(_named(path))
        except InvalidScenario as exc:
            wrong.append(exc)
    return found, wrong


def _files(own: Path | None) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in _folders(own):
        for path in sorted(folder.glob("*.y*ml"), key=lambda path: path.stem):
            if path.suffix in SUFFIXES:
                found.setdefault(path.stem, path)
    return found


def _named(path: Path) -> Scenario:
    """The scenario of this file in a folder of scenarios."""
    scenario = load_scenario(path)
    if scenario.name != path.stem:
        rule = f"is {scenario.name}; in the folder of scenarios it must be the file's, {path.stem}"
        raise InvalidScenario(str(path), "name", rule)
    return scenario


def _folders(own: Path | None) -> list[Path]:
    if own is None:
        return [SHIPPED]
    if not own.is_dir():
        raise InvalidScenario(str(own), "", "is no folder (setting scenarios)")
    return [own, SHIPPED]
