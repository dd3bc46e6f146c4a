"""Signed maps: what is signed, what a changed map is, and that no other key will do."""

from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path

import pytest

from reloc.cli.main import main
from reloc.errors import MapError, MapHashError, MapSignatureError
from reloc.maps import layout
from reloc.maps.attachments import place
from reloc.maps.reference_map import ReferenceMap
from reloc.maps.signing import PrivateKey, PublicKey, sign

pytest.importorskip("nacl")


@pytest.fixture(scope="module")
def key() -> PrivateKey:
    return PrivateKey.generate()


@pytest.fixture
def signed(copied: Path, key: PrivateKey) -> Path:
    sign(copied, key)
    return copied


def test_a_signed_map_opens_with_its_key_and_without(signed: Path, key: PrivateKey) -> None:
    assert len(ReferenceMap.open(signed, public_key=key.public)) == 12
    assert len(ReferenceMap.open(signed, verify=False, public_key=str(key.public))) == 12
    assert len(ReferenceMap.open(signed)) == 12
    assert len(ReferenceMap.open(signed, public_key="")) == 12


def test_an_unsigned_map_is_refused(copied: Path, key: PrivateKey) -> None:
    with pytest.raises(MapSignatureError, match=r"is not signed.*reloc map sign"):
        ReferenceMap.open(copied, public_key=key.public)


def test_another_key_is_refused_by_name(signed: Path) -> None:
    other = PrivateKey.generate().public
    with pytest.raises(MapSignatureError, match="is signed by the key"):
        ReferenceMap.open(signed, public_key=other)


def _edit_head(folder: Path) -> None:
    """What the content hash does not cover: limits come from the report."""
    file = folder / layout.MANIFEST
    values = json.loads(file.read_text())
    values["report"]["pose_error_px"] = 99.0
    file.write_text(json.dumps(values, indent=1, sort_keys=True) + "\n")


def _edit_name(folder: Path) -> None:
    file = folder / layout.MANIFEST
    file.write_text(file.read_text().replace('"name"', '"name" '))


@pytest.mark.parametrize("change", [_edit_head, _edit_name])
def test_a_manifest_that_was_changed_is_refused(signed: Path, key: PrivateKey, change) -> None:
    change(signed)
    ReferenceMap.open(signed)  # nothing is wrong with it, but for who made it
    with pytest.raises(MapSignatureError, match="changed after it was signed"):
        ReferenceMap.open(signed, public_key=key.public)


@pytest.mark.parametrize("victim", ["compiled/features/descriptors.npy", "images/ref/003.jpg", "compiled/poses.npy",
                                    "compiled/retrieval/vlad/centres.npy", "sparse/points3D.bin"])  # fmt: skip
@pytest.mark.parametrize("verify", [True, False])
def test_a_file_that_was_changed_is_refused_also_where_hashes_are_not_asked_for(
    signed: Path, key: PrivateKey, victim: str, verify: bool
) -> None:
    file = signed / victim
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    with pytest.raises(MapHashError):
        ReferenceMap.open(signed, verify=verify, public_key=key.public)


def test_what_comes_into_a_map_takes_its_signature_away(signed: Path, key: PrivateKey, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "calibration.json").write_text("{}")
    place(signed, "calibration_x", tmp_path / "more")
    assert not (signed / layout.SIGNATURE).exists()
    with pytest.raises(MapSignatureError, match="is not signed"):
        ReferenceMap.open(signed, public_key=key.public)
    sign(signed, key)
    assert ReferenceMap.open(signed, public_key=key.public).is_listed("compiled/calibration_x/calibration.json")


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b'{"algorithm": "none"}', b"\xff" * 100, b"[" * 4000,
                                     b"{" * 5000,
                                     b'{"algorithm": "ed25519"}', b'{"algorithm": "ed25519", "signature": "x"}',
                                     b'{"algorithm": "ed25519", "signature": "AAAA"}',
                                     b'{"algorithm": "ed25519", "signature": 7, "public_key": []}'])  # fmt: skip
def test_a_damaged_signature_is_no_signature(signed: Path, key: PrivateKey, content: bytes) -> None:
    (signed / layout.SIGNATURE).write_bytes(content)
    with pytest.raises(MapSignatureError):
        ReferenceMap.open(signed, public_key=key.public)


def test_a_signature_of_another_map_does_not_fit(signed: Path, key: PrivateKey, tmp_path: Path) -> None:
    other = Path(shutil.copytree(signed, tmp_path / "other.map"))
    _edit_head(other)
    with pytest.raises(MapSignatureError):
        ReferenceMap.open(other, public_key=key.public)
    (signed / layout.SIGNATURE).unlink()
    os.mkfifo(signed / layout.SIGNATURE)
    with pytest.raises(MapSignatureError):  # at once, too
        ReferenceMap.open(signed, public_key=key.public)


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "loop"])
def test_what_stands_in_place_of_a_signature_blocks_nothing_and_leaves_nothing_open(
    signed: Path, key: PrivateKey, kind: str
) -> None:
    file = signed / layout.SIGNATURE
    file.unlink()
    writer = -1
    if kind == "pipe":
        os.mkfifo(file)
        writer = os.open(file, os.O_RDWR)  # there is a writer, and it writes nothing
    elif kind == "folder":
        file.mkdir()
    else:
        file.symlink_to("/dev/zero" if kind == "device" else file.name)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(3):
        assert len(ReferenceMap.open(signed)) > 0
        with pytest.raises(MapSignatureError):
            ReferenceMap.open(signed, public_key=key.public)
        with pytest.raises(MapSignatureError):
            PublicKey.read(str(file))
    assert len(os.listdir("/proc/self/fd")) == before
    if writer >= 0:
        os.close(writer)


def test_a_map_that_is_not_whole_is_not_signed(copied: Path, key: PrivateKey) -> None:
    (copied / "images/ref/003.jpg").write_bytes(b"x")
    with pytest.raises(MapError):
        sign(copied, key)
    assert not (copied / layout.SIGNATURE).exists()


def test_keys_as_files(tmp_path: Path, capsys: pytest.CaptureFixture[str], copied: Path) -> None:
    file = tmp_path / "sub" / "robot.key"
    assert main(["map", "keygen", str(file)]) == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    private = file.read_text().split()[1]
    assert private not in capsys.readouterr().out
    assert private not in repr(PrivateKey.read(file))
    assert PublicKey.read(f"{file}.pub") == PrivateKey.read(file).public
    assert main(["map", "keygen", str(file)]) == 2
    assert "never overwritten" in capsys.readouterr().err
    assert main(["map", "sign", str(copied), "--key", str(file)]) == 0
    assert main(["map", "verify", str(copied), "--public-key", f"{file}.pub"]) == 0
    assert "is signed by" in capsys.readouterr().out
    assert main(["map", "info", str(copied)]) == 0
    assert "signed       map.json.sig" in capsys.readouterr().out
    assert main(["map", "verify", str(copied), "--public-key", str(file)]) == 2  # the private one
    assert private not in capsys.readouterr().err
    assert main(["map", "sign", str(copied), "--key", f"{file}.pub"]) == 2
    assert main(["map", "verify", str(copied), "--public-key", str(PrivateKey.generate().public)]) == 2


@pytest.mark.parametrize("text", ["nothing", "", "A" * 44, "A" * 43 + "\0", "/", "~nosuchuser/key", "ab" * 3000])
def test_what_is_no_key(text: str, tmp_path: Path) -> None:
    if text == "A" * 44:
        (tmp_path / "k").write_text(f"reloc-ed25519-public {text}")
        text = str(tmp_path / "k")  # 33 bytes
    with pytest.raises(MapSignatureError, match="keygen"):
        PublicKey.read(text)
