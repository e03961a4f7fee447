"""Where setting up puts things in a checkout."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CheckoutLayout:
    """The folders and files of one checkout."""

    root: Path

    @property
    def lock(self) -> Path:
        """The packages, with versions and hashes."""
        return self.root / "requirements.lock"

    @property
    def venv(self) -> Path:
        """The Python environment."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The environment's Python."""
        return self.venv / "bin" / "python"

    @property
    def tools(self) -> Path:
        """Tools that are not Python packages."""
        return self.root / ".tools"

    @property
    def bin(self) -> Path:
        """Their programs."""
        return self.tools / "bin"

    @property
    def logs(self) -> Path:
        """What the steps printed."""
        return self.tools / "logs"

    @property
    def go_modules(self) -> Path:
        """The Go modules that build the Pulumi CLI and its Python language host."""
        return self.root / "tools" / "pulumi"
