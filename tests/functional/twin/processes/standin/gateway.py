"""Stands in for gateway."""

from tests.functional.twin.processes.standin.daemon import main

main("gateway")
