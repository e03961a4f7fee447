"""PEM files of certificates."""

import stat
from pathlib import Path

from twin.runtime.instance import Instance
from twin.tls.certificate_files import (
    KEPT_S,
    CertificateMaterial,
    UnusedCertificates,
    save_certificate,
)


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


def test_a_file_stays_for_a_time_after_its_last_use(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 0)
    sha, used = (
        save_certificate(instance, material("LEAF", "", key)) for key in ("KEY", "OTHER KEY")
    )
    unused = UnusedCertificates(instance)

    unused.look([used], now=1000.0)
    unused.look([used], now=1000.0 + KEPT_S / 2)
    assert instance.certificate_path(sha).exists()
    unused.look([used], now=1000.0 + KEPT_S)

    assert not instance.certificate_path(sha).exists()
    assert instance.certificate_path(used).exists()


def test_a_file_that_is_used_again_stays(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 0)
    sha = save_certificate(instance, material("LEAF", "", "KEY"))
    unused = UnusedCertificates(instance)

    unused.look([], now=1000.0)
    unused.look([sha], now=1001.0)
    unused.look([], now=1000.0 + KEPT_S)

    assert instance.certificate_path(sha).exists()


def test_other_files_of_the_folder_stay(tmp_path: Path) -> None:
    instance = Instance(tmp_path, 0)
    instance.authority_path.parent.mkdir(parents=True)
    instance.authority_path.write_text("authority")
    unused = UnusedCertificates(instance)

    for now in (0.0, KEPT_S, 2 * KEPT_S):
        unused.look([], now)

    assert instance.authority_path.exists()
