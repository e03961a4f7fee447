"""What clients trust: the machine's certificates and the twin's."""

import os
import ssl
from pathlib import Path

import pytest

from tests.x509_factory import make_certificate
from twin.runtime.instance import Instance
from twin.tls.trust_bundle import SYSTEM_BUNDLES, write_trust_files

AUTHORITY = make_certificate(authority=True, common_name="twin").pem.decode()
OTHER = make_certificate(authority=True, common_name="other").pem.decode()


def trusted(path: Path) -> set[bytes]:
    """The certificates that OpenSSL takes from the file, in DER."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(path)
    return set(context.get_ca_certs(binary_form=True))


def der(*texts: str) -> set[bytes]:
    return {ssl.PEM_cert_to_DER_cert(text) for text in texts}


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(tmp_path / ".twin", 0)


def test_the_bundle_has_the_machines_certificates_and_the_twins(
    instance: Instance, tmp_path: Path
) -> None:
    (tmp_path / "empty.pem").write_text("")
    (tmp_path / "system.pem").write_text(OTHER)
    bundles = [str(tmp_path / name) for name in ("missing.pem", "empty.pem", "system.pem")]

    write_trust_files(instance, AUTHORITY, bundles)

    assert trusted(instance.ca_path) == der(AUTHORITY)
    assert trusted(instance.ca_bundle_path) == der(AUTHORITY, OTHER)


def test_fifos_in_place_of_the_files_are_replaced(instance: Instance) -> None:
    instance.home.mkdir()
    for path in (instance.ca_path, instance.ca_bundle_path):
        os.mkfifo(path)

    write_trust_files(instance, AUTHORITY, [])

    assert trusted(instance.ca_path) == der(AUTHORITY)
    assert trusted(instance.ca_bundle_path) > der(AUTHORITY)


def test_a_machine_without_a_bundle_has_mozillas(instance: Instance) -> None:
    write_trust_files(instance, AUTHORITY, [])

    assert len(trusted(instance.ca_bundle_path)) > 50


def test_nothing_that_this_machine_trusts_is_lost(instance: Instance) -> None:
    write_trust_files(instance, AUTHORITY)

    system = [Path(path) for path in SYSTEM_BUNDLES if Path(path).is_file()]
    before = trusted(system[0]) if system else set()
    assert before <= trusted(instance.ca_bundle_path)


def test_files_are_written_again_only_when_they_differ(instance: Instance) -> None:
    write_trust_files(instance, AUTHORITY)
    before = instance.ca_bundle_path.stat().st_mtime_ns

    write_trust_files(instance, AUTHORITY)
    unchanged = instance.ca_bundle_path.stat().st_mtime_ns
    write_trust_files(instance, OTHER)

    assert unchanged == before
    assert not der(AUTHORITY) & trusted(instance.ca_bundle_path)


def test_a_new_authority_replaces_the_old_one_in_copies_of_a_users_files(
    instance: Instance,
) -> None:
    third = make_certificate(authority=True, common_name="users").pem.decode()
    write_trust_files(instance, AUTHORITY)
    copy = instance.home / "ca-of-SSL_CERT_FILE.pem"
    copy.write_text(third + AUTHORITY)

    write_trust_files(instance, OTHER)

    assert trusted(copy) == der(third, OTHER)
