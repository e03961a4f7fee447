"""What holds for all tests."""

import os

from hypothesis import settings

# A busy machine makes any single example slow; that says nothing about the code.
settings.register_profile("muster", deadline=None)
settings.load_profile("muster")

# A shell that is set up for somebody's twin or account must not reach into the tests.
for _name in [name for name in os.environ if name.startswith(("AWS_", "TWIN_", "MUSTER_"))]:
    del os.environ[_name]
