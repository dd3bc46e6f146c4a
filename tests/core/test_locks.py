"""Locks lie where only their user may write, and no link to one is followed."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from reloc import locks
from reloc.errors import LockError, MapError
from reloc.locks import open_lock, private_folder, try_lock
from reloc.maps.building.workspace import Workspace


def test_the_folder_is_private_and_in_the_runtime_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    folder = private_folder("locks")
    assert folder == tmp_path / "reloc" / "locks"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.chmod(0o777)  # as an older version may have left it
    assert stat.S_IMODE(private_folder("locks").stat().st_mode) == 0o700


@pytest.mark.parametrize("runtime", ["", "relative", "/nowhere/at/all", "open", "a\0b"])
def test_elsewhere_it_is_in_the_home(runtime: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if runtime == "open":
        runtime = str(tmp_path / "open")
        Path(runtime).mkdir()
        Path(runtime).chmod(0o777)
    monkeypatch.setattr(locks.os, "environ", {"XDG_RUNTIME_DIR": runtime})
    monkeypatch.setattr(Path, "home", classmethod(lambda cls: tmp_path / "home"))
    assert private_folder("locks") == tmp_path / "home" / ".cache" / "reloc" / "locks"


def test_a_link_or_a_file_in_its_place_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "reloc").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "reloc" / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "reloc" / "file").write_text("")
    for name in ("link", "file"):
        with pytest.raises(LockError):
            private_folder(name)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a folder away")
def test_another_users_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    os.chown(private_folder("locks"), 12345, 12345)
    with pytest.raises(LockError, match="owned by another user"):
        private_folder("locks")


@pytest.mark.parametrize("kind", ["link", "dangling", "fifo"])
def test_what_is_planted_in_place_of_a_lock_is_refused(tmp_path: Path, kind: str) -> None:
    victim, lock = tmp_path / "victim", tmp_path / "lock"
    if kind == "fifo":
        os.mkfifo(lock)
    else:
        lock.symlink_to(victim)
    if kind == "link":
        victim.write_text("mine")
    with pytest.raises(LockError):
        open_lock(lock)
    assert victim.exists() == (kind == "link")


def test_one_at_a_time_and_children_do_not_inherit(tmp_path: Path) -> None:
    first, second = open_lock(tmp_path / "lock"), open_lock(tmp_path / "lock")
    try:
        assert try_lock(first)
        assert not try_lock(second)
        assert not os.get_inheritable(first)
    finally:
        os.close(first)
        assert try_lock(second)
        os.close(second)


def test_a_build_does_not_follow_a_planted_lock(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("mine")
    (tmp_path / "m.partial").mkdir()
    (tmp_path / "m.partial" / "lock").symlink_to(victim)
    with pytest.raises(MapError, match="symbolic link"), Workspace(tmp_path / "m"):
        pass
    assert victim.read_text() == "mine"
