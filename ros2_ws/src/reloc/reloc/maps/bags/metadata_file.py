"""Check a bag's ``metadata.yaml`` before rosbags reads it."""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import Annotated, Any

import msgspec

from reloc.errors import BagError, BagTruncatedError
from reloc.parsing import json_file, yaml_file
from reloc.parsing.blame import Blame
from reloc.parsing.json_file import Count, Whole
from reloc.parsing.names import text as check_name
from reloc.parsing.regular_file import MIB, is_there, opened
from reloc.parsing.text_file import read_text

METADATA = "metadata.yaml"
MOST = 4 * MIB  # of a recording of 5,000 topics


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
    values = yaml_file.parse(read_text(file, blame, MOST), blame, BagTruncatedError)
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
