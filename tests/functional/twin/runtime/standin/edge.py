"""Stands in for edge."""

from tests.functional.twin.runtime.standin.daemon import main

main("edge")
