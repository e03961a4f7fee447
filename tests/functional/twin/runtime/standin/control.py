"""Stands in for control."""

from tests.functional.twin.runtime.standin.daemon import main

main("control")
