"""The one exception for what a person can mend: it says what is wrong and how to put it right.

Bugs are not reported through it; they keep their traceback.
"""

from __future__ import annotations


class JamviktError(Exception):
    """Something the person who runs Jämvikt can mend; `fix` says how."""

    def __init__(self, message: str, fix: str = "") -> None:
        """Keep message and fix apart, so that each is shown on a line of its own."""
        super().__init__(message)
        self.message = message
        self.fix = fix

    def __str__(self) -> str:
        """Return message and fix on one line each."""
        return f"{self.message}\n  fix: {self.fix}" if self.fix else self.message


class NightRunningError(JamviktError):
    """Another night holds the lock."""
