"""Stands in for control."""

from tests.functional.twin.processes.standin.daemon import main

main("control")
