"""Fetches the stack's configuration from Pulumi; infra/configuration/settings.py checks it.

An invalid one ends the preview with its problems and without a traceback, since the mistake is in
the stack's file.
"""

import os

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from infra.configuration.errors import InvalidStackConfiguration
from infra.configuration.settings import StackSettings, parse_settings


def load_settings() -> StackSettings:
    """The running stack's settings. Raises pulumi.RunError, shown without a traceback."""
    # pulumi.Config reads single keys; to find misspelt ones, all are needed.
    values = {**get_config_env(), **CONFIG.get()}
    try:
        return parse_settings(
            values, os.environ, project=pulumi.get_project(), stack=pulumi.get_stack()
        )
    except InvalidStackConfiguration as exc:
        raise pulumi.RunError(str(exc)) from exc
