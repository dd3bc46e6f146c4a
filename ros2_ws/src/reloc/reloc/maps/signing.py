"""Sign maps and check signatures: ed25519 in ``map.json.sig``, beside the manifest.

The manifest's bytes are signed, with the content hash in it. It lists the hash of every loaded file, and also holds
what the content hash leaves out (build options and measurements). Any change of the map, such as a calibration or an
attached network, needs a new signature.

PyNaCl does the arithmetic. It is imported only when a key is used.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from reloc.errors import DependencyError, MapNotFoundError, MapSignatureError
from reloc.files import write_atomic
from reloc.maps import layout
from reloc.maps.integrity import check_files
from reloc.maps.manifest import Manifest, read_head
from reloc.parsing import names
from reloc.parsing.blame import Blame

_PUBLIC, _PRIVATE = "reloc-ed25519-public", "reloc-ed25519-private"
_CONTEXT = b"reloc map signature 1\n"  # separates these signatures from those of other data
_SIGN = "Sign it: reloc map sign MAP --key KEY"
_LIMIT = 4096  # largest key or signature file, in bytes


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that checks whether its private counterpart signed a map."""

    raw: bytes  # 32 bytes

    @classmethod
    def read(cls, text_or_file: str | Path) -> Self:
        """Read a public key: its 44 characters of base64, or the file that ``reloc map keygen`` wrote.

        Raises:
            MapSignatureError: it is neither, or a private key.
        """
        return cls(_read_key(text_or_file, _PUBLIC))

    def __str__(self) -> str:
        return base64.b64encode(self.raw).decode()


@dataclass(frozen=True, slots=True, repr=False)
class PrivateKey:
    """A key that signs maps. Its text appears in no message."""

    raw: bytes  # the 32 bytes of the seed

    @classmethod
    def generate(cls) -> Self:
        """Create a new key.

        Raises:
            DependencyError: PyNaCl is not installed.
        """
        return cls(bytes(_nacl().SigningKey.generate()))

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read the key from a file that ``reloc map keygen`` wrote.

        Raises:
            MapSignatureError: there is none.
        """
        return cls(_read_key(Path(file), _PRIVATE))

    def write(self, file: Path) -> None:
        """Write the key to the new file ``file``, readable only by its owner, and its public key to ``file``.pub.

        Raises:
            MapSignatureError: one of the files already exists.
            OSError: they cannot be written.
        """
        public = file.with_name(f"{file.name}.pub")
        for there in (file, public):
            if there.exists() or there.is_symlink():
                raise MapSignatureError(f"{there} exists", "Give another file: a key is never overwritten")
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(f"{_PRIVATE} {base64.b64encode(self.raw).decode()}\n")
        write_atomic(public, f"{_PUBLIC} {self.public}\n")

    @property
    def public(self) -> PublicKey:
        """The key that checks this key's signatures."""
        return PublicKey(bytes(_nacl().SigningKey(self.raw).verify_key))


def sign(folder: Path, key: PrivateKey) -> Path:
    """Sign the map in ``folder`` after checking every file of it; replaces an earlier signature.

    Returns:
        The file of the signature.

    Raises:
        MapError: the map is incomplete.
        OSError: the signature cannot be written.
    """
    folder = names.resolved(folder, Blame("The map's folder", MapNotFoundError, "Give the folder of a map"))
    head = read_head(folder)
    manifest = Manifest.from_json(head, str(folder / layout.MANIFEST))
    check_files(folder, manifest)
    signature = _nacl().SigningKey(key.raw).sign(_signed(head)).signature
    values = {
        "algorithm": "ed25519",
        "content_hash": manifest.content_hash,
        "public_key": str(key.public),
        "signature": base64.b64encode(signature).decode(),
    }
    file = folder / layout.SIGNATURE
    write_atomic(file, json.dumps(values, indent=1) + "\n")
    return file


def verify_signature(folder: Path, head: bytes, public_key: PublicKey) -> None:
    """Check that the manifest of a map is signed by the private key of ``public_key``.

    Args:
        folder: the map's folder; its ``map.json.sig`` is read.
        head: the content of ``map.json`` that will be used.

    Raises:
        MapSignatureError: it is not signed, was changed after signing, or is signed by another key.
        DependencyError: PyNaCl is not installed.
    """
    file = folder / layout.SIGNATURE
    values = _read_signature(file)
    nacl = _nacl()
    try:
        signature = base64.b64decode(str(values["signature"]), validate=True)
        nacl.VerifyKey(public_key.raw).verify(_signed(head), signature)
    except (KeyError, ValueError, binascii.Error) as error:
        raise MapSignatureError(f"{file} holds no signature ({error!r})", _SIGN) from error
    except nacl.BadSignatureError:
        by = values.get("public_key")
        if by != str(public_key):
            problem = f"The map {folder} is signed by the key {str(by)[:60]}, not by {public_key}"
            raise MapSignatureError(problem, "Use a map from the right source, or the right public key") from None
        problem = f"The map {folder} was changed after it was signed"
        raise MapSignatureError(problem, "Fetch it again; if you changed it yourself, sign it again") from None


def read_signature(folder: Path) -> bytes:
    """Return the content of the map's signature file, unchecked; empty if it cannot be read."""
    try:
        return _read_limited(folder / layout.SIGNATURE)
    except OSError:
        return b""


def remove_signature(folder: Path) -> bool:
    """Remove the signature of a map that is about to change; return whether there was one."""
    file = folder / layout.SIGNATURE
    there = file.exists()
    file.unlink(missing_ok=True)
    return there


def _signed(head: bytes) -> bytes:
    return _CONTEXT + hashlib.sha256(head).hexdigest().encode()


def _read_signature(file: Path) -> dict[str, Any]:
    try:
        text = _read_limited(file)
    except FileNotFoundError:
        raise MapSignatureError(f"The map {file.parent} is not signed", _SIGN) from None
    except OSError as error:
        raise MapSignatureError(f"{file} cannot be read: {error.strerror}", _SIGN) from error
    try:
        if len(text) > _LIMIT:
            raise ValueError(f"more than {_LIMIT} bytes")
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MapSignatureError(f"{file} holds no signature ({error})", _SIGN) from error
    if not isinstance(values, dict) or values.get("algorithm") != "ed25519":
        raise MapSignatureError(f"{file} holds no ed25519 signature", _SIGN)
    return values


def _read_key(text_or_file: str | Path, kind: str) -> bytes:
    text = str(text_or_file).strip()
    if kind == _PUBLIC and isinstance(text_or_file, str) and (key := _decoded(text)) is not None:
        return key
    make = "Make a pair of keys: reloc map keygen KEY"
    file = Path(text)
    try:
        file = file.expanduser()
        words = _read_limited(file).decode("ascii", "replace").split()
    except (OSError, ValueError, RuntimeError) as error:
        raise MapSignatureError(f"The key {file} cannot be read: {error}", make) from error
    key = _decoded(words[1]) if len(words) >= 2 and words[0] == kind else None
    if key is None:
        wanted = "public" if kind == _PUBLIC else "private"
        raise MapSignatureError(f"{file} holds no {wanted} key of reloc ({kind} ...)", make)
    return key


def _read_limited(file: Path) -> bytes:
    """Read at most the size of a key or signature, without waiting for the writer of a FIFO.

    Raises:
        OSError: it cannot be read, is a folder, or a FIFO whose writer has written nothing yet.
    """
    handle = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        return os.read(handle, _LIMIT + 1)
    finally:
        os.close(handle)


def _decoded(text: str) -> bytes | None:
    try:
        key = base64.b64decode(text, validate=True)
    except (ValueError, binascii.Error):
        return None
    return key if len(key) == 32 else None


def _nacl() -> Any:
    """Return SigningKey, VerifyKey and BadSignatureError."""
    try:
        from nacl import exceptions, signing
    except ImportError as error:
        problem = "Signing maps and checking signatures needs the package PyNaCl, which is not installed"
        raise DependencyError(problem, "pip install pynacl (Ubuntu: apt install python3-nacl)") from error

    class Parts:
        SigningKey = signing.SigningKey
        VerifyKey = signing.VerifyKey
        BadSignatureError = exceptions.BadSignatureError

    return Parts
