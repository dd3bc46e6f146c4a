"""``reloc map keygen``, ``reloc map sign`` and ``reloc map verify``."""

from __future__ import annotations

import argparse
from pathlib import Path

from reloc.cli.parsing.command_parser import Subparsers, add_command

_KEYGEN = """
Writes a private key, which only you may read, and beside it its public key, with .pub added to the name. The
private key signs maps. Give robots the public key as the parameter map_public_key: they then refuse other maps.
"""
_SIGN = """
Hashes every file of a map, then writes map.json.sig beside its map.json. Each change needs a new signature:
after `reloc map calibrate`, `reloc map encode` or `reloc export --map`, sign it again.
"""
_VERIFY = """
Hashes every file of a map and checks that it is signed by a key. Exit status: 0 if it is, 2 if not.
"""


def register(commands: Subparsers) -> None:
    """Add the commands."""
    add_command(
        commands, "keygen", keygen, "make a pair of keys to sign maps",
        arguments=_keygen_arguments, description=_KEYGEN, examples="reloc map keygen ~/reloc.key",
    )  # fmt: skip
    add_command(
        commands, "sign", sign, "sign a map with a private key",
        arguments=_sign_arguments, description=_SIGN, examples="reloc map sign kitchen.map --key ~/reloc.key",
    )  # fmt: skip
    add_command(
        commands, "verify", verify, "check that a map is signed by a key",
        arguments=_verify_arguments, description=_VERIFY,
        examples="reloc map verify kitchen.map --public-key ~/reloc.key.pub",
    )  # fmt: skip


def _keygen_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "key", type=Path, metavar="KEY", help="file of the private key; the public key is written to KEY.pub"
    )


def _sign_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
    parser.add_argument("--key", type=Path, required=True, metavar="KEY", help="private key from `reloc map keygen`")


def _verify_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("map", type=Path, metavar="MAP", help="folder made by `reloc map build`")
    parser.add_argument(
        "--public-key", required=True, metavar="PUB", help="file of the public key, or its 44 characters"
    )


def keygen(args: argparse.Namespace) -> int:
    """Make a pair of keys."""
    from reloc.errors import MapSignatureError
    from reloc.maps.signing import PrivateKey
    from reloc.parsing import names
    from reloc.parsing.blame import Blame

    file = names.expanded(args.key, Blame("The key's file", MapSignatureError, "Give another file"))
    key = PrivateKey.generate()
    key.write(file)
    print(f"private key  {file}: keep it secret")
    print(f"public key   {file}.pub: {key.public}")
    return 0


def sign(args: argparse.Namespace) -> int:
    """Sign a map."""
    from reloc.maps.signing import PrivateKey
    from reloc.maps.signing import sign as sign_map

    key = PrivateKey.read(args.key)
    print(f"signed: {sign_map(args.map, key)}, public key {key.public}")
    return 0


def verify(args: argparse.Namespace) -> int:
    """Check a map's signature."""
    from reloc.maps.reference_map import ReferenceMap
    from reloc.maps.signing import PublicKey

    key = PublicKey.read(args.public_key)
    opened = ReferenceMap.open(args.map, public_key=key)
    print(f"{opened.path} is signed by {key}: {len(opened.manifest.files)} files, content {opened.content_hash[:12]}")
    return 0
