"""Programs in the environment of the deployed function, without the Lambda runtime around them."""

import json
import shlex
import sys
from typing import Any

from tests.e2e.checkout import Checkout
from twin.runtime.instance import Instance, internal_url


def run_as_function(copy: Checkout, module: str, count: int) -> Any:  # noqa: ANN401 - JSON
    """Run `python -m MODULE COUNT` with the home Region's tables; the JSON of its last line."""
    outputs = copy.outputs()
    region = outputs["home_region"]
    name = outputs["regions"][region]["function_name"]
    function = copy.client("lambda", region).get_function_configuration(FunctionName=name)
    inner = internal_url(Instance(copy.home, copy.status()["instance"]).region_address(region))
    environment = {
        "AWS_REGION": region,
        "AWS_ENDPOINT_URL_DYNAMODB": inner,
        **function["Environment"]["Variables"],
    }
    variables = " ".join(f"{name}={shlex.quote(text)}" for name, text in environment.items())
    done = copy.run_in_shell(f"{variables} {sys.executable} -m {module} {count}")
    return json.loads(done.ok().output.splitlines()[-1])
