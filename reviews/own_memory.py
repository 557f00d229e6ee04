"""Keep this process's memory to itself: it holds the secret key, the tokens of the platform and the words of customers."""

import ctypes

_PR_SET_DUMPABLE = 4


def close() -> None:
    """Take this process's environment and memory (`/proc/<pid>/environ`, `mem`) from other processes of its user; root keeps them.

    Called by every process of ours before it reads a secret; children that run another program start anew, forked ones are closed too.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
