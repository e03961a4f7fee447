"""Command lines on AWS and on a twin."""

from tests.unit.muster.cli.conftest import on_aws, on_twin

__all__ = ["on_aws", "on_twin"]
