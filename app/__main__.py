"""`python -m app [FILE]` opens the window; `python -m app --smoke` opens it without a screen, paints and closes it."""

from __future__ import annotations

import multiprocessing
import sys


def main() -> int:
    """Start the window and return the exit code."""
    multiprocessing.freeze_support()
    from app.application import run, smoke

    arguments = sys.argv[1:]
    if "--smoke" in arguments:
        return smoke()
    return run(arguments[0] if arguments else None)


if __name__ == "__main__":
    sys.exit(main())
