"""Stands in for route53."""

from tests.functional.twin.runtime.standin.daemon import main

main("route53")
