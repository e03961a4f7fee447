"""Finds the backends of a service of moto, without making moto load it or create one."""

import sys
from typing import Any


def loaded_backends(module: str, name: str, account: str) -> dict[str, Any]:
    """Region (or partition) -> backend; empty unless the service is loaded and in use."""
    backends = getattr(sys.modules.get(module), name, {})
    return dict(backends[account].items()) if account in dict.keys(backends) else {}
