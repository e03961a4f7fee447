"""Stands in for a Region's process."""

import sys

from tests.functional.twin.runtime.standin.daemon import main

main(f"region/{sys.argv[1]}")
