"""Check a bag's ``metadata.yaml`` before rosbags reads it."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Annotated, Any

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from reloc.errors import BagError, BagTruncatedError
from reloc.parsing import json_file
from reloc.parsing.blame import Blame
from reloc.parsing.json_file import Count, Whole
from reloc.parsing.names import text as check_name
from reloc.parsing.regular_file import MIB, is_there, opened
from reloc.parsing.text_file import read_text

METADATA = "metadata.yaml"
MOST = 4 * MIB  # of a recording of 5,000 topics
DEEPEST = 32


class _Nanoseconds(msgspec.Struct):
    nanoseconds: Whole


class _Start(msgspec.Struct):
    nanoseconds_since_epoch: Whole


class _Topic(msgspec.Struct):
    name: str
    type: str
    serialization_format: str
    offered_qos_profiles: str | list[dict[str, Any]] | None = None
    type_description_hash: str | None = None


class _Counted(msgspec.Struct):
    topic_metadata: _Topic
    message_count: Count


class _File(msgspec.Struct):
    path: str = ""
    message_count: Count = 0
    starting_time: _Start | None = None
    duration: _Nanoseconds | None = None


class _Information(msgspec.Struct):
    version: Annotated[int, msgspec.Meta(ge=0, le=1000)]
    storage_identifier: str
    relative_file_paths: list[str]
    duration: _Nanoseconds
    starting_time: _Start
    message_count: Count
    topics_with_message_count: list[_Counted]
    compression_format: str | None = None
    compression_mode: str = ""
    custom_data: dict[Any, Any] | None = None
    files: list[_File] | None = None


class _Metadata(msgspec.Struct):
    rosbag2_bagfile_information: _Information


def check_metadata(file: Path, fix: str) -> None:
    """Check that the fields that a reader needs are present and have the right types.

    Raises:
        BagError: the file is not a regular file or not YAML, has aliases or deep nesting, or a field is missing or of
            another type.
    """
    blame = Blame(str(file), BagError, fix)
    text = read_text(file, blame, MOST)
    _check_form(text, blame)
    try:
        values = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError) as error:
        raise _broken(file, error, fix) from error
    if not isinstance(values, dict):
        raise BagTruncatedError(f"{file} is cut off or damaged: it holds no fields", fix)
    found = json_file.convert(values, _Metadata, blame).rosbag2_bagfile_information
    for name in found.relative_file_paths:
        check_name(name, blame.at("relative_file_paths"))
        listed = file.parent / PurePath(name).name  # older recorders also wrote the bag's folder
        if is_there(listed):
            with opened(listed, Blame(str(listed), BagError, fix)):
                pass
    for topic in found.topics_with_message_count:
        check_name(topic.topic_metadata.name, blame.at("the name of a topic"))


def _check_form(text: str, blame: Blame) -> None:
    """Refuse aliases, which can expand beyond the memory, and nesting that overflows the interpreter's stack."""
    depth = 0
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            if isinstance(event, AliasEvent):
                raise blame.refuse(f"has the alias *{event.anchor}; recorders write no aliases")
            depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
            if depth > DEEPEST:
                raise blame.refuse(f"is nested deeper than {DEEPEST} levels")
    except (YAMLError, ValueError, TypeError, AttributeError, KeyError, IndexError, RecursionError) as error:
        raise _broken(Path(blame.where), error, blame.fix) from error


def _broken(file: Path, error: Exception, fix: str) -> BagError:
    reason = " ".join(str(error).split())[:200] or type(error).__name__
    return BagTruncatedError(f"{file} is cut off or damaged: {reason}", fix)
