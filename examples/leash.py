"""Runs a program that ends with its parent, even when the parent was killed and could clean up nothing.

`python -m examples.leash [--kill] PARENT COMMAND…` asks Linux for a SIGTERM when its parent dies, with --kill for a
SIGKILL, which ends a stopped program too; then it becomes the command: the request survives the exec. Elsewhere it only
becomes the command. It refuses to start for a parent that is gone already. To Linux the parent is the thread that
started it.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Bind this process to its parent, then become the command."""
    words = sys.argv[1:]
    ending = signal.SIGKILL if words[0] == "--kill" else signal.SIGTERM
    if ending is signal.SIGKILL:
        words = words[1:]
    parent, command = int(words[0]), words[1:]
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, ending)
    if os.getppid() != parent:
        sys.exit("the parent is gone")
    os.execvp(command[0], command)  # noqa: S606 the command is the demo's own


if __name__ == "__main__":
    main()
