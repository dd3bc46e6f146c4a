"""Show the references of a map in RViz as arrows and small cameras."""

from __future__ import annotations

import numpy as np
from geometry_msgs.msg import Point, PoseArray
from visualization_msgs.msg import Marker, MarkerArray

from reloc.datatypes import Float64
from reloc.geometry import transforms
from reloc.maps.reference_map import ReferenceMap
from reloc_node.conversions.poses import to_header, to_pose

_COLOUR = (0.13, 0.55, 0.85, 0.9)
_EDGES = ((0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (2, 3), (3, 4), (4, 1))


def to_pose_array(reference_map: ReferenceMap, stamp_ns: int) -> PoseArray:
    """Return the poses of the optical frames (z points forward)."""
    poses = [to_pose(world_from_cam) for world_from_cam in reference_map.world_from_cam]
    return PoseArray(header=to_header(reference_map.frame, stamp_ns), poses=poses)


def to_markers(reference_map: ReferenceMap, size: float, stamp_ns: int) -> MarkerArray:
    """Return all reference cameras as one marker of lines; ``size`` is their length in meters."""
    marker = Marker(header=to_header(reference_map.frame, stamp_ns), ns="references", id=0)
    marker.type, marker.action = Marker.LINE_LIST, Marker.ADD
    marker.pose.orientation.w = 1.0
    marker.scale.x = size * 0.05
    marker.color.r, marker.color.g, marker.color.b, marker.color.a = _COLOUR
    for index, world_from_cam in enumerate(reference_map.world_from_cam):
        camera = reference_map.camera(index)
        half = np.array([camera.width / camera.fx, camera.height / camera.fy]) / 2
        corners = transforms.transform(world_from_cam, _pyramid(half) * size).tolist()
        marker.points.extend(Point(x=x, y=y, z=z) for edge in _EDGES for x, y, z in (corners[i] for i in edge))
    return MarkerArray(markers=[Marker(action=Marker.DELETEALL), marker])


def _pyramid(half: Float64) -> Float64:
    """Return apex and four corners (5, 3) of a camera of length 1."""
    x, y = half
    return np.array([[0, 0, 0], [-x, -y, 1], [x, -y, 1], [x, y, 1], [-x, y, 1]], dtype=np.float64)
