"""The archive of the function's code."""

from pathlib import Path

from infra.function import function_code


def test_the_archive_has_the_sources_and_no_caches(tmp_path: Path) -> None:
    for name in ("app/a.py", "app/deep/b.py", "app/__pycache__/a.pyc", "app/notes.txt", "c.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")

    assert list(function_code(tmp_path).assets) == ["app/a.py", "app/deep/b.py"]
