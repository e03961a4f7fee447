"""Stands in for gateway."""

from tests.functional.twin.runtime.standin.daemon import main

main("gateway")
