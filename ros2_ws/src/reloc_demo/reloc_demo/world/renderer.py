"""Render a camera's view with Panda3D's software renderer. It needs no GPU, no display and no GL library.

Each frame is drawn at twice the size and averaged down, so that edges and textures are smooth.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from panda3d import core as p3d

from reloc.geometry.cameras import Camera
from reloc_demo.textures import paint
from reloc_demo.world.mesh import RoomMesh, meshes
from reloc_demo.world.scene import DemoWorld, Float64

OVERSAMPLE = 2
# The rasterizer rounds corners to whole pixels; as measured, they are on average a quarter pixel too far left and up.
_ROUNDING_PX = 0.25 / OVERSAMPLE
_SETTINGS = """
load-display p3tinydisplay
window-type offscreen
audio-library-name null
notify-level error
notify-level-x11display fatal
notify-level-display fatal
"""
# Panda looks along +y with z up; a camera's optical frame has x right, y down, z forward.
_OPTICAL_FROM_PANDA = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]], dtype=np.float64)


class Renderer:
    """Render one world for one camera without distortion."""

    def __init__(self, world: DemoWorld, camera: Camera) -> None:
        self.camera = camera
        self._width, self._height = camera.width * OVERSAMPLE, camera.height * OVERSAMPLE
        self._engine, buffer = _offscreen(self._width, self._height)
        self._texture = p3d.Texture()
        buffer.add_render_texture(self._texture, p3d.GraphicsOutput.RTM_copy_ram)
        buffer.set_clear_color((0.5, 0.6, 0.7, 1))
        root = p3d.NodePath("world")
        node = p3d.Camera("camera", _lens(camera))
        self._eye = root.attach_new_node(node)
        buffer.make_display_region().set_camera(self._eye)
        # A room outside the view is skipped completely.
        rooms = [root.attach_new_node(room.name) for room in world.rooms]
        for mesh in meshes(world):
            rooms[mesh.room].attach_new_node(_geometry(mesh)).set_texture(_load(mesh.texture))

    def render(self, world_from_cam: Float64) -> NDArray[np.uint8]:
        """Return the camera's view, (H, W, 3) RGB. ``world_from_cam`` is the pose of its optical frame."""
        pose = world_from_cam @ _OPTICAL_FROM_PANDA
        self._eye.set_mat(p3d.LMatrix4f(*pose.T.astype(float).ravel()))
        self._engine.render_frame()
        raw = np.frombuffer(self._texture.get_ram_image_as("RGB"), np.uint8)
        full = raw.reshape(self._height, self._width, 3)
        small = cv2.resize(full, (self.camera.width, self.camera.height), interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(small[::-1])


@lru_cache(maxsize=1)
def _engine() -> tuple[Any, Any]:
    p3d.load_prc_file_data("reloc_demo", _SETTINGS)
    return p3d.GraphicsEngine.get_global_ptr(), p3d.GraphicsPipeSelection.get_global_ptr().make_default_pipe()


def _offscreen(width: int, height: int) -> tuple[Any, Any]:
    engine, pipe = _engine()
    pixels = p3d.FrameBufferProperties()
    pixels.set_rgb_color(True)
    pixels.set_rgba_bits(8, 8, 8, 8)
    pixels.set_depth_bits(24)
    size = p3d.WindowProperties.size(width, height)
    return engine, engine.make_output(pipe, "camera", 0, pixels, size, p3d.GraphicsPipe.BF_refuse_window)


def _lens(camera: Camera) -> Any:
    """Return the lens of a pinhole camera. Pixel centers are whole numbers, so the image reaches from -0.5 to width -
    0.5.
    """
    lens = p3d.PerspectiveLens()
    lens.set_film_size(camera.width, camera.height * camera.fx / camera.fy)
    lens.set_focal_length(camera.fx)
    right = (camera.width - 1) / 2 - camera.cx - _ROUNDING_PX
    up = (camera.cy + _ROUNDING_PX - (camera.height - 1) / 2) * camera.fx / camera.fy
    lens.set_film_offset(right, up)
    lens.set_near_far(0.05, 40.0)
    return lens


@lru_cache(maxsize=256)
def _load(name: str) -> Any:
    painted = paint(name)
    height, width = (1 << (side - 1).bit_length() for side in painted.shape[:2])
    picture = cv2.resize(painted, (width, height), interpolation=cv2.INTER_LINEAR)
    texture = p3d.Texture(name)
    texture.setup_2d_texture(width, height, p3d.Texture.T_unsigned_byte, p3d.Texture.F_rgb)
    texture.set_ram_image_as(np.ascontiguousarray(picture[::-1]).tobytes(), "RGB")
    texture.set_minfilter(p3d.SamplerState.FT_linear_mipmap_linear)
    texture.set_magfilter(p3d.SamplerState.FT_linear)
    return texture


def _geometry(mesh: RoomMesh) -> Any:
    data = p3d.GeomVertexData("mesh", p3d.GeomVertexFormat.get_v3c4t2(), p3d.Geom.UH_static)
    data.unclean_set_num_rows(len(mesh.vertices))
    data.modify_array_handle(0).copy_data_from(mesh.vertices.tobytes())
    triangles = p3d.GeomTriangles(p3d.Geom.UH_static)
    triangles.set_index_type(p3d.Geom.NT_uint32)
    indices = triangles.modify_vertices()
    indices.unclean_set_num_rows(mesh.triangles.size)
    indices.modify_handle().copy_data_from(mesh.triangles.tobytes())
    geometry = p3d.Geom(data)
    geometry.add_primitive(triangles)
    node = p3d.GeomNode(mesh.texture)
    node.add_geom(geometry)
    return node
