"""Functions that do to their execution environment what a function can do."""

import io
import zipfile

_SEND = """
import os, socket
def handler(event, context):
    host, port = os.environ["AWS_LAMBDA_RUNTIME_API"].split(":")
    with socket.create_connection((host, int(port)), 1) as connection:
        connection.settimeout(0.1)
        connection.sendall(%r.replace(b"ID", context.aws_request_id.encode()))
        try:
            return connection.recv(100).decode("latin-1")
        except TimeoutError:
            return "no answer"
"""
_POST = b"POST /2018-06-01/runtime/invocation/ID/response HTTP/1.1\r\n"


def _returning(expression: str, *, first: str = "pass") -> str:
    lines = (
        "import os, subprocess, sys, time",
        "def handler(event, context):",
        f"    {first}",
        f"    return {expression}",
    )
    return "\n".join(lines)


FUNCTIONS = {
    "plain": _returning("1"),
    "echo": _returning("event"),
    "context": _returning("repr(context.client_context)"),
    "raises": _returning("1", first="raise ValueError('a\\r\\nb: c')"),
    "raises-much": _returning("1", first="raise ValueError('x' * 3_000_000)"),
    "raises-odd": _returning("1", first="raise ValueError('\\ud800\\0')"),
    "exits": _returning("1", first="os._exit(3)"),
    "quits": _returning("1", first="sys.exit(0)"),
    "crashes": _returning("1", first="os.kill(os.getpid(), 11)"),
    "ends-by-odd-signal": _returning("1", first="os.kill(os.getpid(), 40)"),
    "stops": _returning("1", first="os.kill(os.getpid(), 19)"),
    "hangs": _returning("1", first="time.sleep(30)"),
    "returns-much": _returning("'x' * 7_000_000"),
    "returns-nan": _returning("float('nan')"),
    "returns-bytes": _returning("b'\\xff'"),
    "returns-object": _returning("object()"),
    "returns-surrogate": _returning("'\\ud800'"),
    "prints-much": _returning("1", first="[print('x' * 999_999, flush=True) for _ in range(30)]"),
    "prints-binary": _returning("1", first="os.write(1, bytes(range(256)) * 40)"),
    "cuts-output": _returning("1", first="print('x' * 999, flush=True); os.ftruncate(1, 0)"),
    "grows-output": _returning("1", first="os.ftruncate(1, 1 << 40)"),
    "closes-all": _returning("1", first="os.closerange(0, 50)"),
    "leaves-child": _returning("1", first="subprocess.Popen(['sleep', '300'])"),
    "no-handler": "x = 1\n",
    "no-syntax": "def handler(:\n",
    "raises-in-init": "raise RuntimeError('no')\n",
    "exits-in-init": "import os\nos._exit(0)\n",
    "sends-length": _SEND % (_POST + b"Content-Length: \xb2\r\n\r\n",),
    "sends-digits": _SEND % (_POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",),
    "sends-twice": _SEND % (_POST + b"Content-Length: 1\r\n\r\n1",),
    "sends-next": _SEND % (b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n",),
    "sends-init-error": _SEND % (b"POST /2018-06-01/runtime/init/error HTTP/1.1\r\n\r\n",),
    "sends-nothing": _SEND % (b"\r\n\r\n",),
    "nul": _returning("1"),
}
"""Name -> its app.py."""


def _damage(archive: bytes) -> bytes:
    start = archive.index(b"app.py") + len(b"app.py")
    return archive[:start] + b"\xff" * 10 + archive[start + 10 :]


def _deflated(source: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("app.py", source)
    return buffer.getvalue()


DAMAGED_ZIP = _damage(_deflated(_returning("1") * 9))
