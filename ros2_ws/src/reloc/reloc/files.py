"""Write files completely or not at all, with the modes of the user's umask and with errors that say what to do."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from reloc.errors import RelocError, StorageError

_DRAFT = ".reloc-draft-"
_FIXES = {
    errno.ENOSPC: "The disk is full: free disk space, then run the same command again",
    errno.EDQUOT: "Your disk quota is used up: free disk space, then run the same command again",
    errno.EFBIG: "The file is larger than the limit for one file (ulimit -f): raise the limit",
    errno.EACCES: "Use a place where you may read and write, or change its owner or mode",
    errno.EPERM: "Use a place where you may read and write, or change its owner or mode",
    errno.EROFS: "The file system is read-only: use another place",
    errno.EIO: "The disk reports an error: check it (dmesg), or use another disk",
    errno.ENAMETOOLONG: "Use shorter names",
    errno.EMFILE: "Too many files are open: raise the limit (ulimit -n)",
    errno.ENFILE: "Too many files are open on this machine: end other programs",
    errno.ENOMEM: "The memory is full: end other programs, or use a smaller input",
    errno.ELOOP: "A symbolic link leads back to itself: remove it",
    errno.ENOENT: "Check the path: it may have been moved or unmounted",
    errno.ENOTDIR: "A part of the path is a file, not a folder: check the path",
    errno.ESTALE: "The network drive has changed: mount it again",
}


def user_cache() -> Path:
    """Return reloc's folder in the user's cache.

    Raises:
        RuntimeError: the user has no home folder, and XDG_CACHE_HOME is not set.
    """
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "reloc"


def storage_error(error: OSError | MemoryError, doing: str = "") -> StorageError:
    """Return the named error for an error of the system.

    Args:
        error: what the system reported.
        doing: what failed, for example "Cannot build the map /x"; may be empty.
    """
    if isinstance(error, MemoryError):
        what = f"the memory is full ({error})" if str(error) else "the memory is full"
        fix = _FIXES[errno.ENOMEM]
    else:
        fix = fix_for(error)
        what = error.strerror or str(error) or type(error).__name__
        if error.filename:
            what = f"{os.fsdecode(error.filename) if isinstance(error.filename, bytes) else error.filename}: {what}"
    return StorageError(f"{doing}: {what}" if doing else what, fix)


def fix_for(error: OSError) -> str:
    """Return what to do about an error of the system."""
    return _FIXES.get(error.errno or 0, "Check the disk and the path, then run the same command again")


@contextmanager
def storage_errors(doing: str) -> Iterator[None]:
    """Turn errors of the system into :class:`StorageError` while entered.

    Raises:
        StorageError: for example, the disk is full, a place is not writable, or the memory is used up.
    """
    try:
        yield
    except (BrokenPipeError, RelocError):
        raise
    except (OSError, MemoryError) as error:
        raise storage_error(error, doing) from error


@contextmanager
def atomic(file: Path) -> Iterator[BinaryIO]:
    """Yield a stream whose content becomes ``file`` when the block ends without an error; else nothing changes.

    Raises:
        OSError: it cannot be written; its ``filename`` is ``file``.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = _draft_beside(file)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(draft, flags, 0o666), "wb") as stream:
            yield stream
        draft.replace(file)
    except BaseException as error:
        with suppress(OSError):
            draft.unlink()
        if isinstance(error, OSError) and error.errno and error.filename in (None, str(draft)):
            raise OSError(error.errno, error.strerror, str(file)) from error
        raise


def write_atomic(file: Path, content: bytes | str) -> None:
    """Write a file completely or not at all; text as UTF-8.

    Raises:
        OSError: it cannot be written; the earlier file stays.
    """
    with atomic(file) as stream:
        stream.write(content.encode() if isinstance(content, str) else content)


def copy_tree(source: Path, target: Path) -> None:
    """Copy a folder's content into the new folder ``target``, without hidden files.

    Modes follow the umask, not those of ``source``: a scratch folder is private, its copy is not.

    Raises:
        OSError: something cannot be read or written, or is neither a file nor a folder.
    """
    target.mkdir()
    for entry in sorted(os.scandir(source), key=lambda e: e.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            copy_tree(source / entry.name, target / entry.name)
        else:
            shutil.copyfile(entry.path, target / entry.name)


def draft_folder(beside: Path) -> Path:
    """Create a new, empty, hidden folder beside ``beside``, with the umask's mode.

    Raises:
        OSError: it cannot be made.
    """
    draft = _draft_beside(beside)
    draft.mkdir()
    return draft


def remove_drafts(folder: Path) -> None:
    """Remove what killed writers left under ``folder``."""
    for leftover in folder.rglob(f"{_DRAFT}*"):
        if leftover.is_dir() and not leftover.is_symlink():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk.

    Raises:
        OSError: it cannot be opened or written out; its ``filename`` is ``path``.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        os.close(handle)


def sync_tree(folder: Path) -> None:
    """Wait until a folder and all in it are on the disk."""
    for path in sorted(folder.rglob("*")):
        sync(path)
    sync(folder)


def _draft_beside(path: Path) -> Path:
    # Not made from the name, which may already have the maximum length.
    return path.with_name(f"{_DRAFT}{os.getpid()}-{secrets.token_hex(4)}")
