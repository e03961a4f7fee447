"""Stands in for edge."""

from tests.functional.twin.processes.standin.daemon import main

main("edge")
