"""Options of structure from motion."""

from __future__ import annotations

from dataclasses import dataclass

from reloc.config import param, validate

SCALES = ("unknown", "distances", "tags", "poses")


@dataclass(frozen=True, slots=True)
class SfmConfig:
    """How poses are found for images that have none."""

    sfm_images: int = param(
        200,
        "Structure from motion uses at most this many images, evenly spread. Raising it covers more and costs time; "
        "0 uses all.",
        ge=0,
    )
    sfm_mapper: str = param(
        "incremental",
        "This mapper of COLMAP is used. `global` is faster for many images that overlap well.",
        choices=("incremental", "global"),
    )
    sfm_scale: str = param(
        "unknown",
        "The scale comes from this: `distances` of --distance, `tags` of --tag-size, `poses` that the source has, such "
        "as odometry. `unknown` gives map units.",
        choices=SCALES,
    )
    distance: str = param(
        "",
        "The camera was this far apart at two images: IMAGE,IMAGE,METERS, several with a semicolon between. Empty "
        "knows no distance.",
    )
    tag_size: float = param(
        0.0,
        "The black square of the AprilTags has this side. Raising it makes the map larger; 0 uses no tags.",
        unit="m",
        ge=0.0,
    )
    tag_family: str = param(
        "36h11", "The AprilTags are of this family.", choices=("16h5", "25h9", "36h10", "36h11"), expert=True
    )
    tag_origin: int = param(
        -1,
        "The tag with this number gives the map's origin and axes: x right, y up, z out of the tag. Below 0, the "
        "images level the map.",
        ge=-1,
    )
    sfm_overlap: int = param(
        12,
        "In a video or bag, each image is matched with this many that follow. Raising it bridges blurred images and "
        "costs time.",
        ge=2,
        le=200,
        expert=True,
    )

    def __post_init__(self) -> None:
        validate(self)
