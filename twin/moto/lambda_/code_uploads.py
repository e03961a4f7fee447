"""The zip in a call of Lambda: checked whole, and taken out of the call before moto gets it.

A zip may have 50 MB, and 250 MB unzipped. To check it takes seconds, so that it is done in a thread
of its own, while control answers other calls. moto would decode and copy the zip several times, on
the event loop; it gets a short reference in its place. The journal keeps the call as it was.
https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionCode.html
"""

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from moto.awslambda import models

from twin.core.lambda_.code_archives import find_archive_problem
from twin.moto.calls.aws_call import AwsCall
from twin.moto.patches.patching import set_attribute

REPLACED_BYTES = 256 * 1024
"""Zips that are shorter stay in the call."""
_CREATE = re.compile(r"/2015-03-31/functions/?")
_UPDATE = re.compile(r"/2015-03-31/functions/[^/]+/code")
_REFERENCE = b"zip of the call in hand: "
"""Before its SHA-256 in hexadecimal, which takes long to make of 50 MB."""
_ZipContent = tuple[bytes, int, str, str]
"""moto's: bytes, number of bytes, SHA-256 in base64, SHA-256 in hexadecimal."""


class UnusableCode(Exception):
    """Lambda refuses the zip; the text is that of its error."""


@dataclass(frozen=True, slots=True)
class CodeUpload:
    """A call with a zip."""

    call: AwsCall
    """With a reference in place of a long zip."""
    archive: bytes = b""
    """What the reference means."""


def carries_code(call: AwsCall) -> bool:
    """Whether the call gives a function its code."""
    if call.service != "lambda":
        return False
    pattern = {"POST": _CREATE, "PUT": _UPDATE}.get(call.method)
    return pattern is not None and pattern.fullmatch(call.path) is not None


def read_code_upload(call: AwsCall) -> CodeUpload:
    """Check the zip of a call that has the parameters of its operation. Raises UnusableCode."""
    document = json.loads(call.body or b"{}")
    holder = document if call.method == "PUT" else document.get("Code") or {}
    encoded = holder.get("ZipFile")
    if encoded is None:
        return CodeUpload(call)
    archive = _decode(encoded)
    if problem := find_archive_problem(archive):
        raise UnusableCode(problem)
    if len(archive) < REPLACED_BYTES:
        return CodeUpload(call)
    reference = _REFERENCE + hashlib.sha256(archive).hexdigest().encode()
    holder["ZipFile"] = base64.b64encode(reference).decode()
    return CodeUpload(replace(call, body=json.dumps(document).encode()), archive)


def _decode(encoded: str) -> bytes:
    """Of what is no base64, what can be read; it is no zip then."""
    try:
        return base64.b64decode(encoded)
    except ValueError:
        return b""


class CodeReferences:
    """Lets moto find the zip of the call that it has in hand."""

    def __init__(self) -> None:
        self._archive = b""

    @contextmanager
    def known(self, archive: bytes) -> Iterator[None]:
        """Let references mean this zip."""
        self._archive = archive
        try:
            yield
        finally:
            self._archive = b""

    def find(self, encoded: str | bytes) -> bytes | None:
        """The zip that is meant; None for what is no reference."""
        if not self._archive or len(encoded) > 2 * len(_REFERENCE) + 128:
            return None
        decoded = base64.b64decode(encoded)
        return self._archive if decoded.startswith(_REFERENCE) else None


def patch_code_uploads(references: CodeReferences) -> None:
    """Let moto's Lambda resolve references."""
    original: Callable[[str | bytes], _ZipContent] = models.__dict__.get(
        "_twin_zipfile_content", models.__dict__["_zipfile_content"]
    )

    def content(encoded: str | bytes) -> _ZipContent:
        archive = references.find(encoded)
        if archive is None:
            return original(encoded)
        sha_hex = base64.b64decode(encoded).removeprefix(_REFERENCE).decode()
        sha_base64 = base64.b64encode(bytes.fromhex(sha_hex)).decode()
        return archive, len(archive), sha_base64, sha_hex

    set_attribute(models, "_twin_zipfile_content", original)
    set_attribute(models, "_zipfile_content", content)
