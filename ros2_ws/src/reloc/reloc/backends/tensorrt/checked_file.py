"""A file that states its purpose and size: two lines of header, then the content."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from reloc.backends.tensorrt.key import difference
from reloc.errors import EngineCacheError
from reloc.files import atomic
from reloc.parsing import json_file
from reloc.parsing.blame import Blame
from reloc.parsing.regular_file import opened

FORMAT = 1
_HEADER_LIMIT = 1 << 16  # bytes


class FileNotThereError(EngineCacheError):
    """The file does not exist yet."""


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """The path of one file.

    Args:
        kind: of content, for messages; also written into the file.
    """

    path: Path
    kind: str

    def read(self, key: Mapping[str, Any]) -> bytes:
        """Return the content, if it is complete and was written for ``key``.

        Raises:
            ValueError: there is none, or it is anything else; the message says what.
        """
        magic = self._magic()
        blame = Blame("it", EngineCacheError, "", missing=FileNotThereError)
        try:
            with opened(self.path, blame) as stream:
                begin = stream.read(len(magic))
                line = stream.readline(_HEADER_LIMIT)
                content = stream.read()
        except FileNotThereError:
            raise ValueError(f"There is no {self.kind} {self.path} yet") from None
        except EngineCacheError as error:
            raise self._refusal(error.problem.removeprefix("it ")) from error
        except OSError as error:
            raise self._refusal(f"cannot be read: {error.strerror or error}") from error
        if begin != magic:
            article = "an" if self.kind[0] in "aeiou" else "a"
            cut_off = magic.startswith(begin)
            raise self._refusal("is cut off" if cut_off else f"is not {article} {self.kind} of reloc")
        header = self._header(line)
        if header.get("format") != FORMAT:
            raise self._refusal(f"has format {header.get('format')!r}, but this reloc reads {FORMAT}")
        if changed := difference(key, header["key"]):
            raise self._refusal(f"was built for something else: {changed}")
        if len(content) != header.get("bytes"):
            raise self._refusal(f"is cut off: {len(content)} of {header.get('bytes')} bytes")
        if hashlib.sha256(content).hexdigest() != header.get("sha256"):
            raise self._refusal("is damaged: its checksum differs")
        return content

    def write(self, key: Mapping[str, Any], content: bytes) -> None:
        """Store content so that nobody ever sees a part of it.

        Raises:
            OSError: it cannot be written; the earlier file stays.
        """
        header = {
            "format": FORMAT,
            "bytes": len(content),
            "sha256": hashlib.sha256(content).hexdigest(),
            "written": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
            "key": dict(key),
        }
        with atomic(self.path) as stream:
            stream.write(self._magic() + json.dumps(header).encode() + b"\n" + content)
            stream.flush()
            os.fsync(stream.fileno())

    def _magic(self) -> bytes:
        return f"reloc: TensorRT {self.kind}\n".encode()

    def _header(self, line: bytes) -> dict[str, Any]:
        if not line.endswith(b"\n"):
            raise self._refusal("is cut off in its header")
        try:
            header = json_file.parse(line, dict[str, Any], Blame("it", EngineCacheError, ""))
        except EngineCacheError as error:
            raise self._refusal("is damaged in its header") from error
        if not isinstance(header.get("key"), dict):
            raise self._refusal("is damaged in its header")
        return header

    def _refusal(self, what: str) -> ValueError:
        return ValueError(f"The {self.kind} {self.path} {what}")
