"""The door to the chain."""

import sys

_limit = sys.getrecursionlimit()
# What signs for us brings this package, which raises the whole process's limit of recursion to 100,000 when it is first imported: a
# reply or body that is nested deeply enough would then overflow the stack and end the process, where Python would raise an error.
import py_ecc  # noqa: E402, F401

sys.setrecursionlimit(_limit)
