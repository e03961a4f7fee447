"""Writes `.twin/env` and the launchers in `.twin/bin`, for a user's shell.

The file is for `source` in bash and zsh and `.` in any POSIX shell. Its paths are absolute, so it
works from any folder. To source it again changes nothing.
"""

import shlex
from collections.abc import Mapping
from pathlib import Path

from common.clock import SystemClock
from common.files.atomic_file import write_atomically
from common.kept_outputs import FOLDER
from twin.iam.session_token import read_root_secret
from twin.runtime.instance import Instance
from twin.tls.authority import load_authority
from twin.tls.trust_bundle import OWN_FILE_PREFIX

PASSPHRASE = "twin"  # noqa: S105 - guards the made-up secrets of a local stack
_LAUNCHER = """#!/bin/sh
# Runs {module} for the twin of this folder's parent, from any folder.
[ -n "$TWIN_HOME" ] || TWIN_HOME={home}
PYTHONPATH={root}${{PYTHONPATH:+:$PYTHONPATH}}
export TWIN_HOME PYTHONPATH
exec {python} -P -m {module} "$@"
"""
# Variables for real accounts, which would override the twin's.
UNSET = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "PULUMI_CONFIG_PASSPHRASE_FILE",
    "PULUMI_STACK",
    "MUSTER_STACK",
    "MUSTER_ENDPOINT_URL",
    "MUSTER_PROFILE",
    "MUSTER_CONFIG",
)
_PATHS = """
# Each folder comes first on PATH, once, also after the file of another checkout.
for twin_folder in {folders}; do
    twin_path=":$PATH:"
    while case "$twin_path" in *":$twin_folder:"*) true ;; *) false ;; esac; do
        twin_path=${{twin_path%%":$twin_folder:"*}}:${{twin_path#*":$twin_folder:"}}
    done
    twin_path=${{twin_path#:}}
    twin_path=${{twin_path%:}}
    PATH="$twin_folder${{twin_path:+:$twin_path}}"
done
unset twin_folder twin_path
export PATH
"""
_RUNS = """
# Drills are found again from any folder, unless this shell keeps them elsewhere.
twin_runs={runs}
if [ -z "${{MUSTER_RUNS:-}}" ] || [ "$MUSTER_RUNS" = "${{TWIN_RUNS:-}}" ]; then
    export "MUSTER_RUNS=$twin_runs"
fi
export "TWIN_RUNS=$twin_runs"
unset twin_runs
"""
"""TWIN_RUNS tells the next file of another checkout that the folder was not the user's choice."""
_BUNDLED = "SSL_CERT_FILE CURL_CA_BUNDLE REQUESTS_CA_BUNDLE AWS_CA_BUNDLE"
"""Each names the one file of what a program trusts: OpenSSL, Python and Go; curl; requests and pip;
AWS's SDKs and command line."""
_ADDED = "NODE_EXTRA_CA_CERTS"
"""Names a file with more than what Node trusts."""
_TRUST = """
# Programs trust the twin's certificates, and all that they trusted before.
twin_trust() {{
    eval "twin_before=\\${{$1:-}}"
    case "$twin_before" in
        "$TWIN_HOME"/ca*.pem) eval "twin_before=\\${{TWIN_BEFORE_$1:-}}" ;;
    esac
    twin_file="$TWIN_HOME/$2"
    if [ -n "$twin_before" ] && [ -r "$twin_before" ]; then
        twin_file="$TWIN_HOME/{own}$1.pem"
        (umask 077; rm -f "$twin_file"; cat "$twin_before" "$TWIN_HOME/ca.pem" > "$twin_file") ||
            twin_file="$twin_before"
        export "TWIN_BEFORE_$1=$twin_before"
    fi
    export "$1=$twin_file"
    unset twin_before twin_file
}}
for twin_name in {bundled}; do twin_trust "$twin_name" {bundle}; done
twin_trust {added} {ca}
unset twin_name
unset -f twin_trust
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


def own_environment(environ: Mapping[str, str], root: Path) -> tuple[dict[str, str], str]:
    """The environment for the twin of the checkout `root`, and a note if it was another one's.

    A shell in which another checkout's `.twin/env` was sourced names that one's twin.
    """
    home, own = environ.get("TWIN_HOME", ""), root / ".twin"
    if not home or Path(home).resolve() == own.resolve():
        return dict(environ), ""
    ignored = ("TWIN_HOME", "TWIN_INSTANCE")
    kept = {name: value for name, value in environ.items() if name not in ignored}
    return kept, f"this shell's TWIN_HOME={home} is ignored: make acts on the twin in {own}"


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
    lines.append(f"unset {' '.join(UNSET)}")
    for name, value in twin_variables(instance, home_region).items():
        lines.append(f"export {name}={shlex.quote(value)}")
    last_first = " ".join(shlex.quote(str(path)) for path in reversed(path_folders(instance, root)))
    trust = _TRUST.format(
        bundled=_BUNDLED,
        own=OWN_FILE_PREFIX,
        added=_ADDED,
        bundle=instance.ca_bundle_path.name,
        ca=instance.ca_path.name,
    )
    runs = _RUNS.format(runs=shlex.quote(str(root / FOLDER)))
    text = "\n".join(lines) + "\n" + _PATHS.format(folders=last_first)
    return text + runs + _NO_PROXY + trust


def write_shell_files(instance: Instance, root: Path, home_region: str) -> None:
    """Write `.twin/env` and the launchers, and what `.twin/env` lets programs trust."""
    load_authority(instance, SystemClock().now())
    launchers = instance.home / "bin"
    launchers.mkdir(parents=True, exist_ok=True)
    commands = {
        "twin": "twin",
        "pulumi": "tools.local.shell.pulumi_wrapper",
        "aws": "tools.local.shell.aws_wrapper",
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
