"""What holds for all tests."""

from hypothesis import settings

# A busy machine makes any single example slow; that says nothing about the code.
settings.register_profile("muster", deadline=None)
settings.load_profile("muster")
