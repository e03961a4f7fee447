"""`python3 -m tools.setup [python|pulumi|browser]`: install what is missing, or some parts of it.

Checks Python's version before it imports anything: older versions can't parse the other modules.
"""

import os
import shutil
import sys

OLDEST = (3, 11)


def find_newer():
    # type: () -> str
    """A new enough Python on PATH; an empty string if there is none."""
    for minor in (13, 12, 11):
        found = shutil.which("python3.%d" % minor)
        if found:
            return found
    return ""


if sys.version_info < OLDEST:
    newer = find_newer()
    if not newer:
        sys.exit(
            "Python 3.11 or newer is needed; python3 is %d.%d. Install one (Debian 12: apt-get "
            "install python3 python3-venv), or name it: make PYTHON=/path/to/python3.12 up"
            % sys.version_info[:2]
        )
    os.execv(newer, [newer, "-m", "tools.setup", *sys.argv[1:]])  # noqa: S606 - same program, newer Python

from tools.setup.steps import main  # noqa: E402 - only a new enough Python can parse it

sys.exit(main(sys.argv[1:]))
