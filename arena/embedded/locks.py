"""Locks between processes that the kernel lifts when their holder dies, however it dies."""

import fcntl
import os
from pathlib import Path


def hold(path: Path, *, shared: bool = False, wait: bool = True) -> int | None:
    """Lock the file at `path` (made if missing) and return the descriptor that holds the lock.

    Returns None when `wait` is off and another process has the lock. The lock lasts until `release`
    or until the last process that inherited the descriptor by fork has ended; it is not kept over exec.
    """
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    mode = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, mode if wait else mode | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def release(descriptor: int) -> None:
    """Let go of a lock taken by `hold`."""
    os.close(descriptor)


def is_held(path: Path) -> bool:
    """Whether some process holds the lock at `path` now."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def still_there(descriptor: int, path: Path) -> bool:
    """Whether `path` is still the file that was locked (false once somebody deleted the folder)."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
