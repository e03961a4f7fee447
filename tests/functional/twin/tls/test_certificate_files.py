"""PEM files of certificates."""

import stat
from pathlib import Path

from twin.runtime.instance import Instance
from twin.tls.certificate_files import CertificateMaterial, remove_certificates, save_certificate


def material(certificate: str, chain: str, private_key: str) -> CertificateMaterial:
    return CertificateMaterial(certificate=certificate, chain=chain, private_key=private_key)


def test_a_file_has_the_certificate_the_chain_and_the_key_for_its_user_alone(
    tmp_path: Path,
) -> None:
    instance = Instance(tmp_path, 0)

    sha = save_certificate(instance, material("LEAF\n", "", "KEY"))

    path = instance.certificate_path(sha)
    assert path.read_text() == "LEAF\nKEY\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert save_certificate(instance, material("LEAF", "", "KEY\n")) == sha


def test_a_removed_file_is_gone_and_a_missing_one_does_not_matter(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 0)
    sha = save_certificate(instance, material("LEAF", "ROOT", "KEY"))

    remove_certificates(instance, [sha, "0" * 64])

    assert not instance.certificate_path(sha).exists()
