"""The store of the functions' unpacked code."""

import asyncio
import io
import stat
import threading
import zipfile
from pathlib import Path

import pytest

from tests.no_threads import no_threads
from tests.ordinary_user import as_ordinary_user
from twin.core.lambda_.code_archives import MAX_UNZIPPED_BYTES
from twin.region.lambdas.code_store import CodeStore
from twin.region.lambdas.invocation import CodeUnusable
from twin.runtime.instance import Instance

REGION = "us-west-2"


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    """A twin without code."""
    instance = Instance(tmp_path, 12)
    instance.code_path("x").parent.mkdir(parents=True)
    return instance


def deploy(instance: Instance, digest: str, **files: str) -> None:
    with zipfile.ZipFile(instance.code_path(digest), "w") as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)


async def test_code_is_unpacked_once(instance: Instance) -> None:
    deploy(instance, "abc", app="one")
    store = CodeStore(instance, REGION)

    folder, same = await asyncio.gather(store.unpack("abc"), store.unpack("abc"))
    instance.code_path("abc").unlink()
    again = await CodeStore(instance, REGION).unpack("abc")

    assert folder == same == again
    assert (folder / "app").read_text() == "one"


async def test_members_keep_their_permissions_but_stay_readable(instance: Instance) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/troubleshooting-deployment.html"""
    with zipfile.ZipFile(instance.code_path("abc"), "w") as archive:
        for name, mode in (("tool", 0o755), ("secret", 0o200)):
            member = zipfile.ZipInfo(name)
            member.external_attr = mode << 16
            archive.writestr(member, "")

    folder = await CodeStore(instance, REGION).unpack("abc")

    assert stat.S_IMODE((folder / "tool").stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "secret").stat().st_mode) == 0o600


def archive_with(method: int, damage: tuple[bytes, bytes]) -> bytes:
    """A zip of one file, with some of its bytes replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        archive.writestr(
            zipfile.ZipInfo("\N{LATIN SMALL LETTER E WITH ACUTE}.py"), bytes(300), method
        )
    content = buffer.getvalue()
    assert damage[0] in content
    return content.replace(*damage)


DAMAGED = [
    archive_with(zipfile.ZIP_DEFLATED, (b"c`\x18", b"\xff\xff\xff")),
    archive_with(zipfile.ZIP_LZMA, (b"]\x00\x00", b"\xff\x00\x00")),
    archive_with(zipfile.ZIP_STORED, (b"\xc3\xa9", b"\xff\xff")),
]
"""zipfile finds each of these damages at another place, and raises another error."""


@pytest.mark.parametrize("content", [None, b"no zip", *DAMAGED])
async def test_code_that_can_not_be_unpacked_leaves_nothing(
    instance: Instance, content: bytes | None
) -> None:
    if content is not None:
        instance.code_path("abc").write_bytes(content)
    store = CodeStore(instance, REGION)

    with pytest.raises(CodeUnusable, match=r"abc\.zip can't be unpacked"):
        await store.unpack("abc")

    assert list((instance.region_state(REGION) / "code").iterdir()) == []


async def test_a_zip_can_not_write_outside_its_folder(instance: Instance) -> None:
    deploy(instance, "abc", **{"../../outside": "x"})

    folder = await CodeStore(instance, REGION).unpack("abc")

    assert (folder / "outside").exists()
    assert not (instance.region_state(REGION) / "outside").exists()


async def test_only_what_is_in_use_is_kept(instance: Instance) -> None:
    store = CodeStore(instance, REGION)
    for digest in ("abc", "def"):
        deploy(instance, digest, app=digest)
        await store.unpack(digest)
    folder = instance.region_state(REGION) / "code"
    (folder / "unpacking-half").mkdir()

    await store.keep_only(lambda: {"def"})

    assert [path.name for path in folder.iterdir()] == ["def"]


async def test_code_is_unpacked_while_other_code_is_being_removed(instance: Instance) -> None:
    """The removal of many folders takes minutes on a slow disk."""
    unpacked = threading.Event()
    removed = list[str]()

    def discard(folder: Path) -> None:
        assert unpacked.wait(60)
        removed.append((folder / "app").read_text())

    store = CodeStore(instance, REGION, discard=discard)
    for digest in ("abc", "def"):
        deploy(instance, digest, app=digest)
    await store.unpack("abc")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(store.keep_only(lambda: ()))
        await asyncio.sleep(0)  # the removal begins before the next lines
        folders = [await store.unpack("abc"), await store.unpack("def")]
        unpacked.set()

    assert [(folder / "app").read_text() for folder in folders] == ["abc", "def"]
    assert removed == ["abc"]


async def test_without_code_there_is_nothing_to_remove(instance: Instance) -> None:
    await CodeStore(instance, REGION).keep_only(lambda: ())

    assert not (instance.region_state(REGION) / "code").exists()


async def test_code_that_is_too_large_unzipped_is_unusable(instance: Instance) -> None:
    """https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 250 MB unzipped."""
    with (
        zipfile.ZipFile(instance.code_path("x"), "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("a.py", "w") as member,
    ):
        for _ in range(MAX_UNZIPPED_BYTES // 2**20 + 1):
            member.write(bytes(2**20))

    with pytest.raises(CodeUnusable, match="Unzipped size must be smaller than 262144000 bytes"):
        await CodeStore(instance, REGION).unpack("x")

    assert list((instance.region_state(REGION) / "code").iterdir()) == []


async def test_a_folder_of_code_that_may_not_be_read_ends_nothing(
    instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    store = CodeStore(instance, REGION)
    deploy(instance, "abc", app="abc")
    folder = (await store.unpack("abc")).parent
    folder.chmod(0)

    with as_ordinary_user():
        await store.keep_only(lambda: ())
    folder.chmod(0o700)

    assert "stays: Permission denied" in caplog.text
    assert [path.name for path in folder.iterdir()] == ["abc"]


async def test_without_a_thread_code_is_neither_unpacked_nor_removed(
    instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    store = CodeStore(instance, REGION)
    for digest in ("abc", "def"):
        deploy(instance, digest, app=digest)
    folder = await store.unpack("abc")

    with no_threads():
        await store.keep_only(lambda: ())
        with pytest.raises(OSError, match="no thread"):
            await store.unpack("def")

    assert "stays: no thread" in caplog.text
    assert folder.is_dir()
    assert (await store.unpack("def")).is_dir()
