"""Where the setup puts files in a checkout."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class CheckoutLayout:
    """The folders and files of one checkout."""

    root: Path

    @property
    def lock(self) -> Path:
        """Packages with versions and hashes."""
        return self.root / "requirements.lock"

    @property
    def venv(self) -> Path:
        """The virtual environment."""
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
        """Programs of these tools."""
        return self.tools / "bin"

    @property
    def logs(self) -> Path:
        """Output of the steps' commands."""
        return self.tools / "logs"

    @property
    def go_modules(self) -> Path:
        """The Go modules that build the Pulumi CLI and its Python language host."""
        return self.root / "tools" / "pulumi"
