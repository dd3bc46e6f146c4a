"""Lock between processes with files that no other user can plant, refusing symbolic links."""

from __future__ import annotations

import fcntl
import os
import stat
from pathlib import Path

from reloc.errors import LockError


def private_folder(name: str) -> Path:
    """Return the folder ``name`` that only this user owns and may enter; create it if it is missing.

    It lies in ``XDG_RUNTIME_DIR`` if that is set and owned by this user, else in ``~/.cache/reloc``. In a folder that
    all users may write, such as ``/tmp``, another user could plant links and files under a known name.

    Raises:
        LockError: it belongs to another user, is a link, or cannot be created.
    """
    folder = _base() / name
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError as error:
        raise LockError(
            f"Cannot create the folder {folder}: {error.strerror}", "Set XDG_RUNTIME_DIR to a folder that you own"
        ) from error
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid():
        raise LockError(
            f"{folder} is a link, a file, or owned by another user (user {found.st_uid})",
            "Remove it: only its owner may write there",
        )
    if stat.S_IMODE(found.st_mode) & 0o077:
        folder.chmod(0o700)
    return folder


def open_lock(file: Path) -> int:
    """Open a file to lock it; the caller closes the descriptor. Child processes do not inherit it.

    Raises:
        LockError: a symbolic link, a FIFO or another user's file has this name.
        OSError: it cannot be created.
    """
    flags = os.O_CREAT | os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
    try:
        handle = os.open(file, flags, 0o666)
    except OSError as error:
        if file.is_symlink():
            raise LockError(f"{file} is a symbolic link", "Remove it: reloc does not follow links to locks") from error
        raise
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise LockError(f"{file} is not a plain file", "Remove it")
    return handle


def try_lock(handle: int) -> bool:
    """Lock an open file for this process alone; return False if another process holds it.

    Raises:
        OSError: the file system does not support locks.
    """
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _base() -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    if os.path.isabs(runtime):
        try:
            found = os.stat(runtime)
        except (OSError, ValueError):
            pass
        else:
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022:
                return Path(runtime) / "reloc"
    try:
        home = Path.home()
    except RuntimeError:
        raise LockError("This user has no home folder", "Set HOME or XDG_RUNTIME_DIR") from None
    return home / ".cache" / "reloc"
