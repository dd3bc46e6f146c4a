"""Images reach a network as its camera would have taken them: to a fraction of a pixel, and as torch would do it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from reloc import images
from reloc.errors import CameraError, ImageError
from reloc.geometry.cameras import Camera, DistortionModel
from reloc.preprocessing import KEPT_CAMERAS, Preprocess

TARGET = Camera(224, 224, 245.0, 245.0, 111.5, 111.5)
VGA = Camera(640, 480, 525.0, 525.0, 319.5, 239.5)
SAME_VIEW = VGA.cropped(80, 0, 480, 480).scaled(224, 224)  # a rectangle of whole pixels in VGA's image
BARREL = replace(VGA, model=DistortionModel.PLUMB_BOB, distortion=(-0.28, 0.09, 0.001, -0.0007, 0.0))
FISHEYE = Camera(800, 600, 330.0, 331.0, 402.3, 297.1, DistortionModel.EQUIDISTANT, (0.05, -0.01, 0.002, -0.0003))
RATIONAL = replace(VGA, model=DistortionModel.RATIONAL, distortion=(0.4, 0.1, 0.0005, 0.0003, 0.02, 0.6, 0.2, 0.03))
WIDE = Camera(1920, 1080, 1100.0, 1105.0, 961.2, 544.8)
LARGE = Camera(2560, 1440, 1466.0, 1466.0, 1279.5, 719.5)
SMALL = Camera(160, 120, 130.0, 130.0, 80.3, 59.1)
TALL_PIXELS = Camera(320, 480, 262.5, 525.0, 159.5, 239.5)

CAMERAS = {
    "the same view": (SAME_VIEW, VGA),
    "another focal length": (TARGET, VGA),
    "barrel": (TARGET, BARREL),
    "fisheye": (TARGET, FISHEYE),
    "rational": (TARGET, RATIONAL),
    "wide": (TARGET, WIDE),
    "large": (TARGET, LARGE),
    "large, another view": (LARGE.cropped(560, 0, 1440, 1440).scaled(224, 224), LARGE),
    "small": (TARGET, SMALL),
    "tall pixels": (TARGET, TALL_PIXELS),
}


def prepared(image: NDArray[np.uint8], camera: Camera, target: Camera = TARGET) -> NDArray[np.uint8]:
    out = np.full((target.height, target.width, 3), 77, np.uint8)
    Preprocess(target).into(image, camera, out)
    return out


def rays_as_colours(camera: Camera, sign: int) -> NDArray[np.uint8]:
    """x and y of the ray of each pixel as red and green, blue where there is an image; the scale is RANGE's."""
    v, u = np.mgrid[0 : camera.height, 0 : camera.width]
    xy = camera.normalize(np.column_stack([u.ravel(), v.ravel()])).reshape(camera.height, camera.width, 2)
    colour = np.clip(np.nan_to_num(127 + sign * 127 * xy / RANGE), 0, 254)
    dither = np.random.default_rng(0).uniform(0, 1, colour.shape)  # so that means tell fractions of a grey level
    blue = np.full((*colour.shape[:2], 1), 255.0)
    return np.concatenate([np.floor(colour + dither), blue], axis=-1).astype(np.uint8)


RANGE = 0.7  # tangent of the largest angle drawn; a grey level is then 0.7 / 127 * 245 = 1.35 target pixels


@pytest.mark.parametrize("case", CAMERAS)
def test_every_ray_falls_on_its_pixel(case: str) -> None:
    target, camera = CAMERAS[case]
    rising, falling = (prepared(rays_as_colours(camera, s), camera, target).astype(np.float64) for s in (1, -1))
    v, u = np.mgrid[0 : target.height, 0 : target.width]
    # OpenCV rounds halves up; the difference of the two is free of that.
    x, y = (np.moveaxis(rising - falling, -1, 0)[:2]) / 254 * RANGE
    inside = rising[..., 2] == 255
    off_u, off_v = x * target.fx + target.cx - u, y * target.fy + target.cy - v
    assert inside.mean() > 0.6
    # A grey level is more than a pixel, so one pixel tells little: lines of hundreds tell a twentieth.
    columns = [off_u[:, c][inside[:, c]].mean() for c in range(target.width) if inside[:, c].sum() > 100]
    rows = [off_v[r][inside[r]].mean() for r in range(target.height) if inside[r].sum() > 100]
    assert abs(np.mean(columns)) < 0.05
    assert abs(np.mean(rows)) < 0.05
    assert np.abs(off_u[inside]).max() < 2.5
    assert np.abs(off_v[inside]).max() < 2.5
    slope_u = np.polyfit(u[inside], off_u[inside], 1)[0] * target.width  # a wrong scale, over the whole width
    slope_v = np.polyfit(v[inside], off_v[inside], 1)[0] * target.height
    assert max(abs(slope_u), abs(slope_v)) < 0.15


@pytest.mark.parametrize("case", ["barrel", "fisheye", "rational", "wide", "small"])
def test_a_dot_lands_where_its_ray_does(case: str) -> None:
    target, camera = CAMERAS[case]
    for ray in ([0.0, 0.0, 1.0], [0.31, 0.22, 1.0], [-0.38, 0.2, 1.0], [0.25, -0.35, 1.0], [-0.3, -0.3, 1.0]):
        u, v = camera.project([ray])[0]
        expected = target.project([ray])[0]
        row, column = np.mgrid[0 : camera.height, 0 : camera.width]
        sigma = 3.0 * camera.fx / target.fx
        dot = 250 * np.exp(-((column - u) ** 2 + (row - v) ** 2) / (2 * sigma**2))
        seen = prepared(np.rint(dot).astype(np.uint8), camera, target)[..., 0].astype(np.float64)
        y, x = np.mgrid[0 : target.height, 0 : target.width]
        found = (x * seen).sum() / seen.sum(), (y * seen).sum() / seen.sum()
        np.testing.assert_allclose(found, expected, atol=0.12)


def test_a_rectangle_is_averaged_as_torch_does_it() -> None:
    torch = pytest.importorskip("torch")
    image = np.random.default_rng(0).integers(0, 256, (480, 640, 3)).astype(np.uint8)
    for size in (240, 160, 120):  # blocks of 2, 3, 4 pixels
        target = VGA.cropped(80, 0, 480, 480).scaled(size, size)
        crop = torch.from_numpy(image[:, 80:560]).permute(2, 0, 1)[None].float()
        expected = torch.nn.functional.interpolate(crop, (size, size), mode="area")[0].permute(1, 2, 0).numpy()
        difference = prepared(image, VGA, target) - expected
        assert np.abs(difference).max() <= 1.0  # torch does not round, and OpenCV's fast ways round each in its own
        assert abs(difference.mean()) < 0.3


def test_whole_pixels_take_the_short_way() -> None:
    image = np.random.default_rng(0).integers(0, 256, (480, 640, 3)).astype(np.uint8)
    expected = cv2.resize(image[:, 80:560], (224, 224), interpolation=cv2.INTER_AREA)
    np.testing.assert_array_equal(prepared(image, VGA, SAME_VIEW), expected)


def smooth_image(camera: Camera, seed: int = 0) -> NDArray[np.uint8]:
    """Structures of some eight pixels and more: resampling filters differ on noise, geometry shows on these."""
    rng = np.random.default_rng(seed)
    v, u = np.mgrid[0 : camera.height, 0 : camera.width] * 640.0 / camera.width
    waves = [
        np.sin(u * rng.uniform(-0.3, 0.3) + v * rng.uniform(-0.3, 0.3) + rng.uniform(0, 6))[..., None]
        * rng.uniform(0, 1, 3)
        for _ in range(12)
    ]
    return np.clip(128 + 30 * np.sum(waves, axis=0), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("case", CAMERAS)
def test_it_is_what_torch_samples(case: str) -> None:
    """torch.nn.functional.grid_sample at many points in each target pixel, placed by the cameras' own projection."""
    torch = pytest.importorskip("torch")
    target, camera = CAMERAS[case]
    image = smooth_image(camera)
    n = 6
    fine = target.scaled(target.width * n, target.height * n)
    v, u = np.mgrid[0 : fine.height, 0 : fine.width]
    uv = camera.project(fine.bearings(np.column_stack([u.ravel(), v.ravel()])))
    grid = (uv + 0.5) / (camera.width, camera.height) * 2 - 1  # align_corners=False: -1 is the first pixel's edge
    inside = (np.abs(grid) <= 1).all(axis=1).reshape(target.height, n, target.width, n).all(axis=(1, 3))
    tensor = torch.from_numpy(image).permute(2, 0, 1)[None].float()
    where = torch.from_numpy(grid.astype(np.float32)).reshape(1, fine.height, fine.width, 2)
    sampled = torch.nn.functional.grid_sample(tensor, where, padding_mode="border", align_corners=False)
    expected = torch.nn.functional.avg_pool2d(sampled, n)[0].permute(1, 2, 0).numpy()
    difference = np.abs(prepared(image, camera, target) - expected)[inside]
    assert inside.mean() > 0.6
    assert np.sqrt(np.mean(difference**2)) < 2.0
    assert difference.max() < 12


def test_shrinking_averages_instead_of_picking() -> None:
    """A fine chequerboard becomes grey; without averaging it becomes a moiré."""
    for camera in (VGA, BARREL, LARGE):
        v, u = np.mgrid[0 : camera.height, 0 : camera.width]
        board = ((u + v) % 2 * 255).astype(np.uint8)
        seen = prepared(board, camera)
        margin = seen[20:-20, 20:-20].astype(np.float64)
        assert abs(margin.mean() - 127.5) < 2
        assert margin.std() < 12


def test_beyond_the_image_is_black_and_counted() -> None:
    white = np.full((120, 160, 3), 255, np.uint8)
    camera = Camera(160, 120, 245.0, 245.0, 79.5, 59.5)  # pixels as the target's, in a smaller image
    out = prepared(white, camera)
    assert (out[52:172, 32:192] == 255).all()
    assert out.sum() == 255 * 3 * 120 * 160
    assert Preprocess(TARGET).coverage(camera) == pytest.approx(120 * 160 / 224**2, abs=0.01)
    assert Preprocess(TARGET).coverage(VGA) == pytest.approx(1.0, abs=1e-3)


def test_a_polynomial_that_folds_back_shows_nothing_twice() -> None:
    folding = replace(VGA, model=DistortionModel.PLUMB_BOB, distortion=(-0.5, 0.0, 0.0, 0.0, 0.0))
    target = Camera(224, 224, 60.0, 60.0, 111.5, 111.5)  # 62 degrees to each side: far beyond what -0.5 can mean
    assert folding.project([[1.35, 0.0, 1.0]])[0, 0] < 640  # the fold: a ray at 53 degrees falls into the image
    seen = prepared(np.full((480, 640, 3), 255, np.uint8), folding, target)
    x = (np.arange(224) - 111.5) / 60.0
    turns_back = np.sqrt(1 / 1.5)  # where r - 0.5 r^3 is greatest
    assert seen[112][np.abs(x) > turns_back + 0.05].max() == 0
    assert seen[112][np.abs(x) < 0.5].min() == 255


@pytest.mark.parametrize("camera", [VGA, BARREL])
def test_grey_and_colour_agree(camera: Camera) -> None:
    gray = smooth_image(camera)[..., 0]
    expected = prepared(images.to_rgb(gray), camera)
    for form in (gray, gray[..., None], np.dstack([gray] * 4)):
        np.testing.assert_array_equal(prepared(form, camera), expected)


def test_a_frozen_image_and_a_view_of_a_buffer_are_taken_as_they_are() -> None:
    padded = np.zeros((480, 700, 3), np.uint8)  # a ROS image whose rows are longer than its pixels
    padded[:, :640] = smooth_image(VGA)
    image = padded[:, :640]
    image.flags.writeable = False
    buffer = np.zeros((2, 224, 224, 3), np.uint8)
    preprocess = Preprocess(TARGET)
    for camera in (VGA, BARREL):
        preprocess.into(image, camera, buffer[1])
        np.testing.assert_array_equal(buffer[1], prepared(np.ascontiguousarray(image), camera))
    assert not buffer[0].any()


def test_many_cameras_do_not_fill_the_memory() -> None:
    preprocess = Preprocess(TARGET)
    out = np.empty((224, 224, 3), np.uint8)
    for n in range(3 * KEPT_CAMERAS):
        preprocess.into(np.zeros((120, 160), np.uint8), replace(SMALL, fx=120.0 + n), out)
    assert len(preprocess._plans) == KEPT_CAMERAS


def test_threads_do_not_disturb_one_another() -> None:
    preprocess, pictures = Preprocess(TARGET), [smooth_image(BARREL, seed) for seed in range(4)]
    alone = [prepared(image, BARREL) for image in pictures]

    def one(number: int) -> bool:
        out = np.empty((224, 224, 3), np.uint8)
        preprocess.into(pictures[number % 4], BARREL, out)
        return bool((out == alone[number % 4]).all())

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(one, range(200)))


def test_what_does_not_fit_is_named() -> None:
    preprocess, out = Preprocess(TARGET), np.empty((224, 224, 3), np.uint8)
    with pytest.raises(CameraError, match="320 x 240, but its camera is for 640 x 480"):
        preprocess.into(np.zeros((240, 320, 3), np.uint8), VGA, out)
    with pytest.raises(ImageError, match="uint16"):
        preprocess.into(np.zeros((480, 640), np.uint16), VGA, out)  # type: ignore[arg-type]
    for wrong in (out[:100], out.astype(np.float32), np.empty((224, 448, 3), np.uint8)[:, ::2]):
        with pytest.raises(ImageError, match="Cannot fill"):
            preprocess.into(np.zeros((480, 640), np.uint8), VGA, wrong)  # type: ignore[arg-type]
    with pytest.raises(CameraError, match="plumb_bob"):
        Preprocess(BARREL)
