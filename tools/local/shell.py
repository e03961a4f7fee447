"""Writes `.twin/env` and the launchers in `.twin/bin`, for a user's shell.

The file is for `source` in bash and zsh and `.` in any POSIX shell. Its paths are absolute, so it
works from any folder. To source it again changes nothing.
"""

import shlex
from collections.abc import Mapping
from pathlib import Path

from common.atomic_file import write_atomically
from twin.iam.session_token import read_root_secret
from twin.runtime.instance import Instance

PASSPHRASE = "twin"  # noqa: S105 - guards the made-up secrets of a local stack
_LAUNCHER = """#!/bin/sh
# Runs {module} for the twin of this folder's parent, from any folder.
[ -n "$TWIN_HOME" ] || TWIN_HOME={home}
PYTHONPATH={root}${{PYTHONPATH:+:$PYTHONPATH}}
export TWIN_HOME PYTHONPATH
exec {python} -P -m {module} "$@"
"""
# Variables for real accounts, which would override the twin's.
_UNSET = (
    "AWS_PROFILE AWS_DEFAULT_PROFILE AWS_SESSION_TOKEN AWS_SECURITY_TOKEN "
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS PULUMI_CONFIG_PASSPHRASE_FILE PULUMI_STACK "
    "MUSTER_STACK MUSTER_ENDPOINT_URL MUSTER_PROFILE MUSTER_CONFIG"
)
_PATHS = """
# Each folder comes first on PATH, once.
for twin_folder in {folders}; do
    case ":$PATH:" in
        *":$twin_folder:"*) ;;
        *) PATH="$twin_folder:$PATH" ;;
    esac
done
unset twin_folder
export PATH
"""
NO_PROXY_HOSTS = "127.0.0.1,localhost,127.0.0.0/8"
"""Addresses of the twin. Python's libraries ignore the network, curl and Go use it."""
_NO_PROXY = (
    f"""
# The twin is on this machine: no proxy is used for it.
twin_here={NO_PROXY_HOSTS}
"""
    + """twin_others="${no_proxy:-${NO_PROXY:-}}"
case ",$twin_others," in
    *",$twin_here,"*) no_proxy="$twin_others" ;;
    *) no_proxy="$twin_here${twin_others:+,$twin_others}" ;;
esac
NO_PROXY="$no_proxy"
unset twin_here twin_others
export no_proxy NO_PROXY
"""
)


def aws_variables(instance: Instance) -> dict[str, str]:
    """The endpoint and the keys of this twin, for AWS's SDKs."""
    return {
        "AWS_ENDPOINT_URL": instance.endpoint_url,
        "AWS_ACCESS_KEY_ID": instance.access_key,
        "AWS_SECRET_ACCESS_KEY": read_root_secret(instance),
        # The user's own keys must not be found, whatever profile a command names.
        "AWS_CONFIG_FILE": str(instance.home / "aws" / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(instance.home / "aws" / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def twin_variables(instance: Instance, home_region: str) -> dict[str, str]:
    """Variables that `.twin/env` sets, besides PATH."""
    return {
        **aws_variables(instance),
        "AWS_REGION": home_region,
        "AWS_DEFAULT_REGION": home_region,
        "AWS_PAGER": "",
        "PULUMI_HOME": str(instance.home / "pulumi"),
        "PULUMI_BACKEND_URL": f"file://{instance.home / 'backend'}",
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
        "TWIN_HOME": str(instance.home),
        "TWIN_INSTANCE": str(instance.number),
        "MUSTER_OUTPUTS": str(instance.home / "outputs.json"),
    }


def no_proxy_variables(environ: Mapping[str, str]) -> dict[str, str]:
    """The no_proxy variables with the twin's addresses added."""
    others = environ.get("no_proxy") or environ.get("NO_PROXY")
    value = f"{NO_PROXY_HOSTS},{others}" if others else NO_PROXY_HOSTS
    return {"no_proxy": value, "NO_PROXY": value}


def path_folders(instance: Instance, root: Path) -> tuple[Path, ...]:
    """Folders at the start of PATH, in this order."""
    return instance.home / "bin", root / ".venv" / "bin", root / ".tools" / "bin"


def format_env_file(instance: Instance, root: Path, home_region: str) -> str:
    """The text of `.twin/env`."""
    tools = "pulumi, aws, boto3, twin and muster"
    lines = [f"# Source this: {tools} then act on the twin in {instance.home}."]
    lines.append(f"unset {_UNSET}")
    for name, value in twin_variables(instance, home_region).items():
        lines.append(f"export {name}={shlex.quote(value)}")
    last_first = " ".join(shlex.quote(str(path)) for path in reversed(path_folders(instance, root)))
    return "\n".join(lines) + "\n" + _PATHS.format(folders=last_first) + _NO_PROXY


def write_shell_files(instance: Instance, root: Path, home_region: str) -> None:
    """Write `.twin/env` and the launchers."""
    launchers = instance.home / "bin"
    launchers.mkdir(parents=True, exist_ok=True)
    commands = {
        "twin": "twin",
        "pulumi": "tools.local.pulumi_wrapper",
        "aws": "tools.local.aws_wrapper",
        "muster": "muster",
    }
    for name, module in commands.items():
        write_atomically(launchers / name, _format_launcher(instance, root, module), mode=0o700)
    text = format_env_file(instance, root, home_region)
    write_atomically(instance.home / "env", text, mode=0o600)


def _format_launcher(instance: Instance, root: Path, module: str) -> str:
    return _LAUNCHER.format(
        module=module,
        root=shlex.quote(str(root)),
        home=shlex.quote(str(instance.home)),
        python=shlex.quote(str(root / ".venv" / "bin" / "python")),
    )
