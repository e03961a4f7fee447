"""Certificates over time: validation, issue, renewal, end."""

import asyncio
import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests.clocks import ManualClock
from tests.unit.twin.control.acm.test_dns_validation import zone
from tests.unit.twin.control.acm.test_usage import BALANCER, LISTENER
from tests.x509_factory import make_certificate
from twin.control.acm.lifecycle import LIFETIME_DAYS, RENEWAL_DAYS, VALIDATION_TIMEOUT_S
from twin.control.acm.model import CertificateRecord
from twin.control.acm.operations import request_certificate
from twin.control.acm.service import CertificateManager
from twin.control.acm.usage import add_certificates
from twin.control.document_service import CallContext
from twin.runtime.instance import Instance
from twin.settings import TwinSettings
from twin.tls.authority import DAY_S
from twin.tls.certificate_files import KEPT_S
from twin.topology.apigateway import Api, ApiGatewayTopology
from twin.topology.model import ListenerTls, RegionTopology, Topology
from twin.topology.route53 import HostedZone, Route53Topology

NAMES = ("api.muster.test", "*.muster.test")
EC = {"KeyAlgorithm": "EC_prime256v1"}


class World:
    """A certificate manager with a clock and a Topology of the test's own."""

    def __init__(self, home: Path, *, speed: float = 1.0) -> None:
        self.clock = ManualClock(1_800_000_000.0)
        self.topology = Topology()
        self.published = 0
        self.instance = Instance(home, 0)
        self.manager = CertificateManager(
            instance=self.instance,
            settings=TwinSettings(speed=speed),
            clock=self.clock,
            topology=lambda: self.topology,
            make_context=lambda _: self.context(),
            on_change=self.publish,
        )

    def publish(self) -> None:
        self.published += 1

    def context(self) -> CallContext:
        return CallContext(
            account="123456789012",
            region="eu-central-1",
            now=self.clock.now(),
            rng=random.Random(self.published),
        )

    def request(self, *names: str) -> str:
        params = {
            "DomainName": names[0],
            "SubjectAlternativeNames": names[1:],
            "ValidationMethod": "DNS",
            **EC,
        }
        state, result = request_certificate(self.manager.state, self.context(), params)
        self.manager.service.replace_state(state)
        return str(result["CertificateArn"])

    def record(self, arn: str) -> CertificateRecord:
        found = self.manager.state.find(arn)
        assert found is not None
        return found

    def serve(self, *zones: HostedZone) -> None:
        self.topology = replace(self.topology, route53=Route53Topology(zones=zones))

    def prove(self, arn: str, *more: tuple[str, str, str]) -> None:
        """Put the CNAME record of each name into the zone."""
        records = [(v.record_name, "CNAME", v.record_value) for v in self.record(arn).validations]
        self.serve(zone("muster.test.", *dict.fromkeys(records), *more))

    def use(self, arn: str) -> None:
        """Let a listener use the certificate."""
        tls = ListenerTls(certificates=(arn,), protocols=("TLSv1.2",), ciphers=())
        balancer = replace(BALANCER, listeners=(replace(LISTENER, tls=tls),))
        region = RegionTopology(load_balancers=(balancer,))
        self.topology = replace(self.topology, regions={"eu-central-1": region})

    async def look(self) -> None:
        await self.manager.lifecycle.look()


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def issued(world: World) -> str:
    arn = world.request(*NAMES)
    world.prove(arn)
    await world.look()
    return arn


async def test_a_certificate_is_issued_once_all_records_are_there(world: World) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html"""
    arn = world.request("api.muster.test", "www.muster.test")
    await world.look()
    first, second = world.record(arn).validations
    assert world.record(arn).status == "PENDING_VALIDATION"

    world.serve(zone("muster.test.", (first.record_name, "CNAME", first.record_value)))
    await world.look()
    assert [v.validated for v in world.record(arn).validations] == [True, False]
    assert world.record(arn).status == "PENDING_VALIDATION"

    world.serve(zone("muster.test.", (second.record_name, "CNAME", second.record_value)))
    await world.look()
    record = world.record(arn)
    assert record.status == "ISSUED"
    assert record.content is not None
    assert record.content.names == ("api.muster.test", "www.muster.test")
    assert record.content.chain == world.instance.ca_path.read_text()
    assert record.content.not_after - world.clock.now() > (LIFETIME_DAYS - 1) * DAY_S
    assert world.instance.certificate_path(record.content.pem_sha256).exists()


async def test_nothing_changes_without_a_cause(world: World) -> None:
    await issued(world)
    published = world.published

    await world.look()

    assert world.published == published


async def test_a_caa_record_for_others_fails_the_request(world: World) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-caa.html"""
    arn = world.request("api.muster.test")
    world.prove(arn, ("muster.test.", "CAA", '0 issue "letsencrypt.org"'))

    await world.look()

    assert (world.record(arn).status, world.record(arn).failure_reason) == ("FAILED", "CAA_ERROR")


@pytest.mark.parametrize("speed", [1.0, 100.0])
async def test_a_request_times_out_after_72_hours_of_the_twins_time(
    tmp_path: Path, speed: float
) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/troubleshooting-timed-out.html"""
    world = World(tmp_path, speed=speed)
    arn = world.request("api.muster.test")
    world.clock.seconds += VALIDATION_TIMEOUT_S / speed - 1
    await world.look()
    assert world.record(arn).status == "PENDING_VALIDATION"

    world.clock.seconds += 2
    await world.look()

    assert world.record(arn).status == "VALIDATION_TIMED_OUT"


async def test_a_certificate_in_use_is_renewed_before_its_end(world: World) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/managed-renewal.html"""
    arn = await issued(world)
    world.use(arn)
    before = world.record(arn).content
    assert before is not None
    world.clock.seconds += before.not_after - world.clock.now() - (RENEWAL_DAYS + 1) * DAY_S
    await world.look()
    assert world.record(arn).content == before

    world.clock.seconds += 2 * DAY_S
    await world.look()

    record = world.record(arn)
    assert record.content is not None
    assert record.content.not_after > before.not_after
    assert record.renewal is not None
    assert record.renewal.status == "SUCCESS"


async def test_the_file_of_a_replaced_certificate_outlives_older_topologies(world: World) -> None:
    """A Region that still puts one in force would have no certificate for its listeners."""
    arn = await issued(world)
    world.use(arn)
    before = world.record(arn).content
    assert before is not None
    replaced = world.instance.certificate_path(before.pem_sha256)

    world.clock.seconds += (LIFETIME_DAYS - 10) * DAY_S
    await world.look()
    assert world.record(arn).content != before
    assert replaced.exists()
    world.clock.seconds += KEPT_S
    await world.look()

    assert not replaced.exists()


async def test_a_renewal_waits_for_a_record_that_was_removed(world: World) -> None:
    """https://docs.aws.amazon.com/acm/latest/userguide/dns-renewal-validation.html"""
    arn = await issued(world)
    world.use(arn)
    before = world.record(arn).content
    world.serve(zone("muster.test."))
    world.clock.seconds += (LIFETIME_DAYS - 10) * DAY_S
    await world.look()
    renewal = world.record(arn).renewal
    assert world.record(arn).content == before
    assert renewal is not None
    assert renewal.status == "PENDING_VALIDATION"

    world.prove(arn)
    await world.look()

    assert world.record(arn).content != before


async def test_a_certificate_that_nothing_uses_ends(world: World) -> None:
    arn = await issued(world)
    world.clock.seconds += (LIFETIME_DAYS + 1) * DAY_S

    await world.look()

    assert world.record(arn).status == "EXPIRED"


async def test_a_deleted_certificates_key_is_deleted_too(world: World) -> None:
    arn = await issued(world)
    content = world.record(arn).content
    assert content is not None

    world.manager.service.replace_state(world.manager.state.remove(arn))
    await world.look()
    world.clock.seconds += KEPT_S
    await world.look()

    assert not world.instance.certificate_path(content.pem_sha256).exists()


async def test_a_certificate_that_is_deleted_while_it_is_signed_leaves_no_key(
    world: World,
) -> None:
    arn = world.request(*NAMES)
    world.prove(arn)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(world.look())
        await asyncio.sleep(0)  # the signature is under way in its thread

        world.manager.service.replace_state(world.manager.state.remove(arn))

    authority = world.instance.authority_path
    assert set(authority.parent.glob("*.pem")) <= {authority}


async def test_a_region_with_api_gateway_has_a_certificate_for_the_names_of_aws(
    world: World,
) -> None:
    gateway = ApiGatewayTopology(apis=(Api(id="a1", name="a", type="HTTP"),))
    region = RegionTopology(api_gateway=gateway)
    world.topology = replace(world.topology, regions={"eu-central-1": region})

    await world.look()
    await world.look()

    (certificate,) = (
        add_certificates(world.topology, world.manager.state).regions["eu-central-1"].certificates
    )
    assert certificate.names == ("*.execute-api.eu-central-1.amazonaws.com",)
    assert world.instance.certificate_path(certificate.pem_sha256).exists()
    world.clock.seconds += (LIFETIME_DAYS - 1) * DAY_S
    await world.look()
    assert world.manager.state.service_certificates[0].pem_sha256 != certificate.pem_sha256


def test_a_state_with_certificates_survives_a_restart(tmp_path: Path) -> None:
    first = World(tmp_path)
    arn = first.request("api.muster.test")

    again = World(tmp_path)

    assert again.record(arn) == first.record(arn)


def test_the_state_has_no_private_key(tmp_path: Path) -> None:
    world = World(tmp_path)
    made = make_certificate("a.test")
    operation = world.manager.service._operations["ImportCertificate"]
    params = {"Certificate": made.pem, "PrivateKey": made.key_pem}

    state, _ = operation(world.manager.state, world.context(), params)
    world.manager.service.replace_state(state)

    saved = (tmp_path / "state" / "control" / "acm.json").read_text()
    assert "BEGIN CERTIFICATE" in saved
    assert "PRIVATE KEY" not in saved
