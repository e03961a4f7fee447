"""Stand-ins for programs of the system."""

from pathlib import Path


def write_program(file: Path, line: str = "") -> str:
    """A shell script with one line; its path as text."""
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)
    return str(file)
