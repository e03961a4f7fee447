"""Puts the stand-in where the Pulumi engine looks for the aws plugin.

A private PULUMI_HOME gets plugins/resource-aws-vVERSION/pulumi-resource-aws, for exactly the
version that the installed pulumi_aws names. It runs this checkout, whatever folder the engine
starts it in.
"""

import shlex
from importlib.metadata import version
from pathlib import Path

from common.atomic_file import write_atomically

_SHIM = """\
#!/bin/sh
# Written by twin/provider/install.py: the twin's stand-in for the aws plugin of Pulumi.
PYTHONPATH={root} exec {python} -P -m twin.provider --stands-in-for {version} "$@"
"""


def install_plugin(pulumi_home: Path, python: Path, root: Path) -> Path:
    """Write the plugin's executable and return its path; nothing changes if it is there already.

    `python` is the interpreter of the environment, `root` the checkout.
    """
    installed = version("pulumi_aws")
    folder = pulumi_home / "plugins" / f"resource-aws-v{installed}"
    shim = folder / "pulumi-resource-aws"
    words = {"root": str(root), "python": str(python), "version": installed}
    text = _SHIM.format(**{name: shlex.quote(word) for name, word in words.items()})
    if shim.exists() and shim.read_text() == text and shim.stat().st_mode & 0o111:
        return shim
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(shim, text, mode=0o755)
    return shim
