"""`.twin/bin/aws`: the aws command line, which acts on the twin and on nothing else.

aws-cli 1 ignores AWS_ENDPOINT_URL for some services (`sqs`, `emr`, in us-east-1 `rds`) and would
send their calls to AWS. So each call gets the endpoint as an option. Unless the shell is set up for
this twin, the keys are the twin's, too. The user's own configuration is out of reach either way.
"""

import os
import sys
from collections.abc import Mapping, Sequence

from common.command.exit_codes import ExitCode
from common.files.private_files import make_new_files_private
from common.network.loopback import is_loopback
from tools.local.shell.environment_file import aws_variables
from tools.local.shell.pulumi_wrapper import ROOT, caller_environment
from twin.errors import TwinError, UsageError
from twin.runtime.instance import Instance, find_instance
from twin.runtime.own_user import require_own_listener

REAL_AWS = ROOT / ".venv" / "bin" / "aws"
_ENDPOINT, _PROFILE = "--endpoint-url", "--profile"
_HARMLESS = frozenset(
    {"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_DEFAULT_OUTPUT", "AWS_PAGER", "AWS_MAX_ATTEMPTS"}
)
_ELSEWHERE = "for another account or endpoint, use a shell without `source .twin/env`"


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Replace this process by the real aws; returns only on an error."""
    make_new_files_private()
    try:
        instance = find_instance(environ, ROOT)
        adapted = adapt_arguments(arguments, instance)
        require_own_listener(instance.gateway_address)
        variables = adapt_variables(caller_environment(environ), instance)
        os.execve(REAL_AWS, [str(REAL_AWS), *adapted], variables)  # noqa: S606 - an argument list
    except TwinError as exc:
        sys.stderr.write(f"aws (wrapper of the twin): {exc}\n")
        return exc.exit_code
    except OSError as exc:
        sys.stderr.write(f"aws (wrapper of the twin): {exc.strerror or exc}\n")
    return ExitCode.FAILED


def adapt_variables(environ: Mapping[str, str], instance: Instance) -> dict[str, str]:
    """The environment for the real aws.

    In a shell for this twin it may have the keys of one of the twin's users or roles; in another,
    all that could be the user's own is left out.
    """
    own = aws_variables(instance)
    if environ.get("AWS_ENDPOINT_URL") == instance.endpoint_url:
        keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        return {**own, **environ, **{n: v for n, v in own.items() if n not in keys}}
    kept = {n: v for n, v in environ.items() if not n.startswith("AWS_") or n in _HARMLESS}
    return kept | own


def adapt_arguments(arguments: Sequence[str], instance: Instance) -> list[str]:
    """The arguments for the real aws. Raises UsageError for those that lead elsewhere."""
    for name, value in _options(arguments):
        if name == _PROFILE:
            raise UsageError(
                f"{_PROFILE} {value}: this aws acts on the twin in {instance.home}, with its keys; "
                f"{_ELSEWHERE}"
            )
        if name == _ENDPOINT and not is_loopback(value):
            raise UsageError(
                f"{_ENDPOINT} {value}: this aws acts on the twin in {instance.home}; {_ELSEWHERE}"
            )
    if any(name == _ENDPOINT for name, _ in _options(arguments)):
        return list(arguments)
    return [_ENDPOINT, instance.endpoint_url, *arguments]


def _options(arguments: Sequence[str]) -> list[tuple[str, str]]:
    """The options --endpoint-url and --profile with their values.

    aws accepts abbreviations of them.
    """
    found = []
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        name, equals, value = argument.partition("=")
        for option in (_ENDPOINT, _PROFILE):
            if len(name) > len("--") and option.startswith(name):
                found.append((option, value if equals else following))
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
