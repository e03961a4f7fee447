"""The function's code as an archive: the sources of `app/` and nothing else.

File by file, since a folder would take along what Python leaves behind in it, and each run would
be another archive. Paths are relative to the project, as Pulumi's plugins run there too.
"""

from pathlib import Path

import pulumi

FOLDER = "app"
HANDLER = "app.handler.handle"


def code(project: Path) -> pulumi.AssetArchive:
    """The archive; sources are imported in it as they are here (`app.handler`)."""
    sources = (file.relative_to(project) for file in sorted((project / FOLDER).rglob("*.py")))
    return pulumi.AssetArchive({name.as_posix(): pulumi.FileAsset(str(name)) for name in sources})
