"""Runs a program that ends with its parent, even when the parent was killed and could clean up nothing.

`python -m examples.leash PARENT COMMAND…` asks Linux for a SIGTERM when its parent dies, then becomes the command: the
request survives the exec. Elsewhere it only becomes the command. It refuses to start for a parent that is gone already.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Bind this process to its parent, then become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit("the parent is gone")
    os.execvp(command[0], command)  # noqa: S606 the command is the demo's own


if __name__ == "__main__":
    main()
