"""Show the landmarks of a map in RViz and Foxglove as a point cloud."""

from __future__ import annotations

import numpy as np
from sensor_msgs.msg import PointCloud2, PointField

from reloc.maps.reference_map import ReferenceMap
from reloc_node.conversions.poses import to_header

MOST_LANDMARKS = 100_000  # 1.2 MB; of more, those that the most references see


def to_point_cloud(reference_map: ReferenceMap, stamp_ns: int) -> PointCloud2:
    """Return the landmarks as x, y, z in meters, in the map's frame; without landmarks, an empty cloud."""
    chosen = np.argsort(-reference_map.landmark_observations, kind="stable")[:MOST_LANDMARKS]
    points = np.ascontiguousarray(reference_map.landmarks[chosen], dtype="<f4")
    cloud = PointCloud2(header=to_header(reference_map.frame, stamp_ns), height=1, width=len(points), is_dense=True)
    cloud.fields = [
        PointField(name=name, offset=4 * i, datatype=PointField.FLOAT32, count=1) for i, name in enumerate("xyz")
    ]
    cloud.point_step = 12
    cloud.row_step = 12 * len(points)
    cloud.data.frombytes(points.tobytes())
    return cloud
