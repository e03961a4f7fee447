"""Installs the stand-in where the Pulumi engine looks for the aws plugin.

Writes plugins/resource-aws-vVERSION/pulumi-resource-aws into a private PULUMI_HOME, for the version
of the installed pulumi_aws. It runs this checkout, whatever the engine's working folder is.
"""

import shlex
from importlib.metadata import version
from pathlib import Path

from common.files.atomic_file import write_atomically

_SCRIPT = """\
#!/bin/sh
# Written by twin/provider/install.py: the twin's stand-in for the aws plugin of Pulumi.
PYTHONPATH={root} exec {python} -P -m twin.provider --stands-in-for {version} "$@"
"""


def install_plugin(pulumi_home: Path, python: Path, root: Path) -> Path:
    """Write the plugin's executable, unless it exists already, and return its path.

    `python` is the interpreter of the environment, `root` the checkout.
    """
    installed = version("pulumi_aws")
    folder = pulumi_home / "plugins" / f"resource-aws-v{installed}"
    script = folder / "pulumi-resource-aws"
    values = {"root": str(root), "python": str(python), "version": installed}
    text = _SCRIPT.format(**{name: shlex.quote(word) for name, word in values.items()})
    if script.exists() and script.read_text() == text and script.stat().st_mode & 0o111:
        return script
    folder.mkdir(parents=True, exist_ok=True)
    write_atomically(script, text, mode=0o700)
    return script
