"""What Lambda refuses of a function's settings when it is created or changed.

The functions are pure: they raise `error(message)`, or return.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

MakeError = Callable[[str], Exception]

MAX_ENVIRONMENT_BYTES = 4096
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""

# "The keys for these environment variables are reserved and cannot be set":
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
RESERVED_KEYS = frozenset(
    {
        "_HANDLER",
        "AWS_ACCESS_KEY",
        "AWS_ACCESS_KEY_ID",
        "AWS_DEFAULT_REGION",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
    }
)


def check_environment(variables: Mapping[str, str], error: MakeError) -> None:
    """Refuse reserved keys and more than 4 KB."""
    about = (
        "Lambda was unable to configure your environment variables because the environment "
        "variables you have provided"
    )
    reserved = sorted(RESERVED_KEYS & set(variables))
    if reserved:
        raise error(
            f"{about} contains reserved keys that are currently not supported for modification. "
            f"Reserved keys used in this request: {', '.join(reserved)}"
        )
    text = json.dumps(dict(variables), separators=(",", ":"), ensure_ascii=False)
    if len(text.encode()) > MAX_ENVIRONMENT_BYTES:
        raise error(f"{about} exceeded the 4KB limit. String measured: {text}")


def check_runs_here(spec: Mapping[str, Any], error: MakeError) -> None:
    """Refuse images and runtimes other than Python's: the twin has none of them."""
    if spec.get("PackageType", "Zip") != "Zip":
        raise error(
            "The twin runs no container images; give the code as a zip (PackageType Zip) with a "
            "python3.x runtime."
        )
    runtime = spec.get("Runtime")
    if runtime is not None and not runtime.startswith("python3."):
        raise error(
            f"The twin runs Python functions only, each with the Python that runs the twin; it has "
            f"no runtime '{runtime}'. Use a python3.x runtime."
        )
