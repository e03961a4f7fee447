"""Fetches the stack's configuration from Pulumi; infra/settings.py judges it.

A wrong one ends the preview with its problems and no trace: the trace would name our lines, where
the mistake is in the stack's file.
"""

import os

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from infra.errors import ConfigurationWrong
from infra.settings import StackSettings, parse_settings


def load_settings() -> StackSettings:
    """The running stack's settings. Raises pulumi.RunError, whose message Pulumi shows alone."""
    # pulumi.Config answers for keys that one asks for; a misspelt key shows only in the whole.
    values = {**get_config_env(), **CONFIG.get()}
    try:
        return parse_settings(
            values, os.environ, project=pulumi.get_project(), stack=pulumi.get_stack()
        )
    except ConfigurationWrong as exc:
        raise pulumi.RunError(str(exc)) from exc
