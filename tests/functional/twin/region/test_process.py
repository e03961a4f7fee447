"""What a Region's process serves and keeps besides its data planes."""

import asyncio
import re
import signal
import ssl
from dataclasses import replace

from tests.apigateway_topologies import CERTIFICATE_ARN, DOMAIN, HTTP_ID, domain, gateway, http_api
from tests.functional.twin.region.apigateway.running_gateway import PERMISSION
from tests.functional.twin.region.lambdas.invocations import RETURN_PID, is_alive
from tests.functional.twin.region.metrics_report import take_metrics
from tests.functional.twin.region.region_process import (
    CONSTANT,
    REGION,
    RegionDeployment,
    RegionProcess,
)
from tests.waiting import eventually
from tests.x509_factory import make_certificate
from twin import codec
from twin.core.faults import NETWORK_FAULTS, Fault, FaultKind
from twin.faults.store import update_faults
from twin.internal_api.schemas import MetricsReport, TargetHealthReport
from twin.region.apigateway.metrics import NAMESPACE
from twin.runtime.instance import internal_url
from twin.runtime.roles import region_role
from twin.tls.certificate_files import save_certificate
from twin.topology.model import Certificate


async def test_targets_are_served_over_http(region: RegionProcess) -> None:
    await region.deploy(RegionDeployment(code=region.zip(CONSTANT)))

    async with region.http.get(
        internal_url(region.instance.region_address(REGION), "/_twin/targets")
    ) as response:
        report = codec.loads(TargetHealthReport, await response.read())

    assert report == TargetHealthReport(region=REGION, targets=(await region.target(),))


async def set_network_fault(region: RegionProcess, kind: FaultKind | None) -> None:
    """As `twin network` does."""
    role = region_role(REGION)
    fault = Fault(kind=kind or FaultKind.CUT, role=role, region=REGION, since_s=1.0)
    update_faults(
        region.instance,
        lambda faults: (
            faults.without_kinds(role, NETWORK_FAULTS) if kind is None else faults.with_fault(fault)
        ),
    )
    address = internal_url(region.instance.region_address(REGION), "/_twin/faults")
    async with region.http.post(address) as response:
        assert response.status == 204


async def test_a_function_answers_through_api_gateway_unless_the_network_is_cut(
    region: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html"""
    made = make_certificate(DOMAIN)
    sha = save_certificate(region.instance, made.material)
    deployed = RegionDeployment(code=region.zip(CONSTANT)).topology(region.address)
    (function,) = deployed.functions
    config = gateway(
        http_api(),
        domain(("", HTTP_ID, "$default")),
        address=region.instance.api_gateway_address(REGION),
        port=8443,
    )
    await region.publish(
        replace(
            deployed,
            functions=(replace(function, permissions=(PERMISSION,)),),
            certificates=(Certificate(arn=CERTIFICATE_ARN, names=(DOMAIN,), pem_sha256=sha),),
            api_gateway=config,
        )
    )

    trust = ssl.create_default_context(cadata=made.pem.decode())
    reader, writer = await asyncio.open_connection(
        config.address, config.port, ssl=trust, server_hostname=DOMAIN
    )
    await set_network_fault(region, FaultKind.CUT)
    writer.write(f"GET / HTTP/1.1\r\nHost: {DOMAIN}\r\nConnection: close\r\n\r\n".encode())
    hanging = asyncio.ensure_future(reader.read())
    done, _ = await asyncio.wait((hanging,), timeout=0.2)
    await set_network_fault(region, None)
    answer = await asyncio.wait_for(hanging, 10)
    writer.close()
    status = (await region.status()).api_gateway
    async with region.http.post(
        internal_url(region.instance.region_address(REGION), "/_twin/metrics")
    ) as response:
        samples = codec.loads(MetricsReport, await response.read()).samples

    assert not done
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"<p>hello</p>")
    assert status is not None
    assert (status.requests, status.domains, status.problem) == (1, (DOMAIN,), "")
    counts = [s.statistics.total for s in samples if s.namespace == NAMESPACE and s.name == "Count"]
    assert counts == [1, 1]


async def test_what_a_function_writes_is_handed_over_for_cloudwatch_logs(
    region: RegionProcess,
) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs.html"""
    source = "def handler(event, context):\n    print('hello')\n    return {'statusCode': 200}\n"
    await region.deploy(RegionDeployment(code=region.zip(source)))
    await region.get()

    (entry, *_) = (await take_metrics(region)).logs

    assert (entry.group, entry.function) == ("/aws/lambda/app", "app")
    assert re.fullmatch(r"\d{4}/\d\d/\d\d/\[.+\][0-9a-f]{32}", entry.stream)
    assert [line.split()[0] for line in entry.message.splitlines()] == [
        "START",
        "hello",
        "END",
        "REPORT",
    ]
    assert (await take_metrics(region)).logs == ()


async def test_environments_end_with_a_stopped_region(region: RegionProcess) -> None:
    await region.deploy(RegionDeployment(code=region.zip(RETURN_PID)))
    pid = int((await region.get())[1])
    assert region.process is not None

    region.process.send_signal(signal.SIGTERM)
    code = await asyncio.to_thread(region.process.wait, 10)

    assert code == 0
    eventually(lambda: not is_alive(pid))
