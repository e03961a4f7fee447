"""What functions of a killed Region have left in their temporary folders: removed beside the work.

It may be millions of files, and a Region that has to come back serves before they are gone.
"""

import threading
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from twin.runtime.folder_removal import discard_folder
from twin.runtime.instance import Instance


def temp_folder(instance: Instance, region: str) -> Path:
    """The folder of the Region's execution environments, in each of which one may write."""
    return instance.region_state(region) / "tmp"


def discard_old_temp_folders(
    folder: Path, discard: Callable[[Path], None] = discard_folder
) -> threading.Thread:
    """Take what is in the Region's folder out of the way at once; the thread that removes it.

    The thread ends with the process; the next start removes the rest.
    """
    with suppress(OSError):
        folder.rename(folder.with_name(f"{folder.name}-{uuid.uuid4()}"))
    old = list(folder.parent.glob(f"{folder.name}-*"))

    def discard_all() -> None:
        for each in old:
            discard(each)

    thread = threading.Thread(target=discard_all, name="old-temp-folders", daemon=True)
    thread.start()
    return thread
