"""`python -m app [--smoke] [FILE]`: opens the window; with --smoke it closes again after the first paint."""

from __future__ import annotations

import multiprocessing
import sys


def main() -> int:
    """Start the window and return the exit code."""
    multiprocessing.freeze_support()
    from app.application import run

    arguments = sys.argv[1:]
    files = [argument for argument in arguments if not argument.startswith("-")]
    return run(files[0] if files else None, smoke="--smoke" in arguments)


if __name__ == "__main__":
    sys.exit(main())
