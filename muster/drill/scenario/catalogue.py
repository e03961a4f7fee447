"""Find scenarios: by a file's path, in the user's folder, or among the shipped ones.

A user's scenario wins over a shipped one of the same name. In a folder of scenarios, a file is
named as the scenario in it.
"""

from pathlib import Path

from common.command.wording import suggest_name
from muster.drill.scenario.model import Scenario
from muster.drill.scenario.parser import load_scenario
from muster.errors import InvalidScenario

SHIPPED_SCENARIOS = Path(__file__).parents[2] / "scenarios"
SUFFIXES = (".yaml", ".yml")


def find_scenario(name: str, user_folder: Path | None) -> Scenario:
    """The scenario of this name, or in this file. Raises InvalidScenario."""
    if name.endswith(SUFFIXES) or "/" in name:
        return load_scenario(Path(name))
    files = _files_by_name(user_folder)
    if name in files:
        return _load_named(files[name])
    known = f"known are {', '.join(files)}, or give a file{suggest_name(name, files)}"
    raise InvalidScenario(name, "", f"there is no such scenario; {known}")


def all_scenarios(user_folder: Path | None) -> tuple[list[Scenario], list[InvalidScenario]]:
    """The valid scenarios, the user's first, each group by name; and the errors of the others.

    Raises InvalidScenario when the user's folder does not exist.
    """
    scenarios, errors = [], []
    for path in _files_by_name(user_folder).values():
        try:
            scenarios.append(_load_named(path))
        except InvalidScenario as exc:
            errors.append(exc)
    return scenarios, errors


def _files_by_name(user_folder: Path | None) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for folder in _folders(user_folder):
        for path in sorted(folder.glob("*.y*ml"), key=lambda path: path.stem):
            if path.suffix in SUFFIXES:
                found.setdefault(path.stem, path)
    return found


def _load_named(path: Path) -> Scenario:
    scenario = load_scenario(path)
    if scenario.name != path.stem:
        rule = f"is {scenario.name}; in the folder of scenarios it must be the file's, {path.stem}"
        raise InvalidScenario(str(path), "name", rule)
    return scenario


def _folders(user_folder: Path | None) -> list[Path]:
    if user_folder is None:
        return [SHIPPED_SCENARIOS]
    if not user_folder.is_dir():
        raise InvalidScenario(str(user_folder), "", "is no folder (setting scenarios)")
    return [user_folder, SHIPPED_SCENARIOS]
