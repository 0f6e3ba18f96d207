"""What comes of a suite, as it is recorded."""

from dataclasses import dataclass, field


@dataclass
class Outcome:
    """What came of a suite."""

    passed: int = 0
    refused: int = 0
    excluded: int = 0
    failed: list[str] = field(default_factory=list)
    """Tests that the library itself does not pass."""
    faults: list[str] = field(default_factory=list)
    """What the service does otherwise than it should, in words; nothing may stand here."""

    def line(self, suite: str) -> str:
        """Return the outcome as it is recorded."""
        numbers = (self.passed, len(self.failed), self.refused, self.excluded)
        failed = " ".join(sorted(self.failed)) or "-"
        return "\t".join([suite, *map(str, numbers), failed])
