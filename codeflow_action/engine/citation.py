"""Where a rule of the project stands that a finding cites."""

from pydantic import BaseModel, ConfigDict, Field


class Citation(BaseModel):
    """A rule's words, and its file and 1-based line at the commit `sha`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    path: str
    line: int = Field(ge=1)
    sha: str = ""

    @property
    def place(self) -> str:
        """Its file and line, for people."""
        return f"{self.path}:{self.line}"
