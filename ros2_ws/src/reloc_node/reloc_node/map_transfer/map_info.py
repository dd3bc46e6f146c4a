"""Messages with which a map server describes its map."""

from __future__ import annotations

from reloc import plugins
from reloc.maps import layout
from reloc.maps.reference_map import ReferenceMap
from reloc_msgs.msg import MapFile, MapInfo, Reference
from reloc_node.conversions.camera_info import from_camera
from reloc_node.conversions.poses import to_header, to_pose
from reloc_node.map_transfer.map_pages import MapPages, PagedFile
from reloc_node.node_log import sendable


def to_map_info(reference_map: ReferenceMap, pages: MapPages, stamp_ns: int) -> MapInfo:
    """Return the latched message."""
    manifest = reference_map.manifest
    positions = reference_map.world_from_cam[:, :3, 3]
    info = MapInfo(header=to_header(reference_map.frame, stamp_ns), name=sendable(manifest.name))
    info.content_hash = manifest.content_hash
    info.format_version = manifest.format_version
    info.reference_count = len(reference_map)
    info.landmark_count = manifest.landmarks
    info.localizers = list(plugins.names("reloc.localizers"))
    info.retrievers = _retrievers(reference_map)
    for corner, values in ((info.bounds_min, positions.min(axis=0)), (info.bounds_max, positions.max(axis=0))):
        corner.x, corner.y, corner.z = values.tolist()
    info.size_bytes, info.stream_sha256, info.file_count = pages.size_bytes, pages.sha256, len(pages.files)
    info.page_count, info.page_bytes = pages.page_count, pages.page_bytes
    return info


def to_map_file(file: PagedFile) -> MapFile:
    """Return one row of the table of files."""
    return MapFile(path=sendable(file.path), size=file.size, offset=file.offset, sha256=file.sha256)


def to_reference(reference_map: ReferenceMap, index: int) -> Reference:
    """Return pose and camera of one reference."""
    return Reference(
        name=sendable(reference_map.names[index]),
        pose=to_pose(reference_map.world_from_cam[index]),
        camera=from_camera(reference_map.camera(index)),
        image_path=sendable(reference_map.references[index].image),
    )


def _retrievers(reference_map: ReferenceMap) -> list[str]:
    folder = f"{layout.COMPILED}/{layout.RETRIEVAL}/"
    paths = (entry.path for entry in reference_map.manifest.files)
    return sorted({path[len(folder) :].split("/")[0] for path in paths if path.startswith(folder)})
