"""How far a long layout is, and the place where it can be called off."""

from __future__ import annotations

from collections.abc import Callable


class Beat:
    """Called now and then by the layout; tells the share that is done, which never falls.

    Work of a known number of steps is announced by `expect`, so that each call moves the share by one of them; ending
    early jumps ahead.

    Args:
        tell: takes the share, 0 to 1; whoever raises in it calls the work off.
    """

    def __init__(self, tell: Callable[[float], None]) -> None:
        self._tell = tell
        self._low, self._high = 0.0, 1.0
        self._share, self._until, self._step = 0.0, 0.0, 0.0

    def enter(self, low: float, high: float) -> None:
        """Let what follows be the work between two shares of the whole."""
        self._low, self._high = low, high
        self.expect(0.0, 1)

    def expect(self, until: float, steps: int) -> None:
        """Announce the steps until a share of the work that was entered; what was announced before is done."""
        self._share = max(self._share, self._until)
        self._until = max(self._share, self._low + until * (self._high - self._low))
        self._step = (self._until - self._share) / max(steps, 1)

    def __call__(self) -> None:
        """Tell that one more step begins."""
        self._tell(self._share)
        self._share = min(self._share + self._step, self._until)
