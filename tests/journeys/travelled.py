"""The program itself, with this process's clock set: `python -m tests.journeys.travelled ISO ARGUMENTS`."""

from __future__ import annotations

import sys
from datetime import datetime

import time_machine


def main() -> int:
    """Run `aftercall` from an instant on; its clock goes on ticking from there."""
    start = datetime.fromisoformat(sys.argv.pop(1))
    with time_machine.travel(start, tick=True):
        from console.cli.main import main as aftercall

        return aftercall()


if __name__ == "__main__":
    sys.exit(main())
