"""Print the license of every package in this environment, from its metadata. The exit status is 1 if one is unknown.

python tools/licences.py
"""

from __future__ import annotations

import re
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path
from xml.etree import ElementTree

# Packages without a usable license in their metadata, and the source of their license.
STATED_ELSEWHERE = {
    "apsw": "any licence that the OSI approves",  # its metadata: any-OSI
    "empy": "LGPL-2.1",  # em.py
}
_OWN = ("reloc", "cv-bridge", "tf2-ros", "tf2-msgs", "reloc-msgs")
_LONGEST = 60  # characters; some packages put the whole license text into the field
_WORDS = {
    "Permission is hereby granted, free of charge": "MIT",
    "Apache License": "Apache License",
    "Redistribution and use in source and binary forms": "BSD",
    "Mozilla Public License": "MPL",
    "GNU LESSER GENERAL PUBLIC LICENSE": "LGPL",
    "GNU GENERAL PUBLIC LICENSE": "GPL",
    "Permission to use, copy, modify, and/or distribute this software": "ISC",
}
_CLASSIFIER = "License :: "
_VAGUE = {"", "unknown", "none", "other/proprietary license", "osi approved", "dual license", "any-osi", "%license"}


def licences() -> dict[str, str]:
    """Return the license of each package, sorted; empty if none is stated."""
    found = {}
    for distribution in distributions():
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"] or "").lower()
        if name and not name.startswith(_OWN):
            found[name] = licence_of(distribution) or STATED_ELSEWHERE.get(name, "")
    return dict(sorted(found.items()))


def licence_of(distribution: Distribution) -> str:
    """Return the license by the SPDX expression, the classifiers, the field, package.xml, or the license file's
    text.
    """
    metadata = distribution.metadata
    classifiers = [c for c in metadata.get_all("Classifier") or () if c.startswith(_CLASSIFIER)]
    stated = [
        metadata.get("License-Expression") or "",
        ", ".join(c.rpartition(" :: ")[2] for c in classifiers),
        _worded(metadata.get("License") or ""),
        _from_package_xml(metadata["Name"] or ""),
        _from_file(distribution),
    ]
    return next((text for text in stated if text.strip().lower() not in _VAGUE), "")


def _from_package_xml(name: str) -> str:
    """Return the license in package.xml, where ROS's own packages state it."""
    package = re.sub(r"[-.]+", "_", name.lower().removeprefix("ros-"))
    file = Path(sys.prefix) / "share" / package / "package.xml"
    if not file.is_file():
        return ""
    return ", ".join((e.text or "").strip() for e in ElementTree.parse(file).getroot().findall("license"))


def _from_file(distribution: Distribution) -> str:
    for file in distribution.files or ():
        if re.fullmatch(r"(licen[cs]e|copying)(\.(txt|md|rst))?", file.name, re.IGNORECASE):
            try:
                return _worded(file.read_text())
            except (OSError, UnicodeDecodeError):
                continue
    return ""


def _worded(text: str) -> str:
    """Return the name of a license that is given by its name or by its full text."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) == 1 and len(lines[0]) <= _LONGEST:
        return lines[0]
    whole = " ".join(lines)
    return next((name for words, name in _WORDS.items() if words in whole), "")


def main() -> int:
    """Print the table."""
    found = licences()
    width = max(map(len, found), default=0)
    for name, licence in found.items():
        print(f"{name:<{width}}  {licence or 'UNKNOWN'}")
    unknown = [name for name, licence in found.items() if not licence]
    print(f"{len(found)} packages, {len(unknown)} with an unknown license", file=sys.stderr)
    return 1 if unknown else 0


if __name__ == "__main__":
    sys.exit(main())
