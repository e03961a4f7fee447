"""Stands in for cities."""

from tests.functional.twin.runtime.standin.daemon import main

main("cities")
