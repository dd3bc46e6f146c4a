"""Every error reloc raises on purpose, by name.

A message says what was wrong, the value that was seen, and the way out. A *frame* that cannot be
used is never an error but a :class:`reloc.datatypes.Lost`; errors are for maps, files, configuration
and set-up, which a person has to mend.
"""

from __future__ import annotations


class RelocError(Exception):
    """Base of all deliberate errors. ``fix`` says what to do about it."""

    def __init__(self, problem: str, fix: str = "") -> None:
        super().__init__(f"{problem}. {fix}" if fix else problem)
        self.problem = problem
        self.fix = fix


class ConfigError(RelocError):
    """A parameter is unknown, of the wrong type or out of its range."""


class PluginError(RelocError):
    """A localizer, retriever, source or backend of that name does not exist or cannot be loaded."""


class DependencyError(RelocError):
    """An optional package that this feature needs is not installed."""


class StorageError(RelocError):
    """The system refused: a full disk, a place that may not be written, no memory, too many open files."""


class LockError(RelocError):
    """A lock cannot be trusted or made: a link is planted there, or another user owns it."""


class CameraError(RelocError):
    """Camera intrinsics are missing, zero, NaN, or do not fit the image."""


class ImageError(RelocError):
    """An image is missing, truncated, empty, or of a kind that cannot be converted."""


class PoseError(RelocError):
    """A pose is not a rigid transform, is not finite, or stands twice."""


class MapError(RelocError):
    """Base of everything that can be wrong with a map."""


class MapNotFoundError(MapError):
    """There is no map at that place."""


class MapEmptyError(MapError):
    """The map, or the source it is to be built from, has no usable reference."""


class MapIncompleteError(MapError):
    """The map is only partly there: a build or a transfer that did not finish."""


class MapVersionError(MapError):
    """The map was written by a newer (or no longer readable) version of reloc."""


class MapHashError(MapError):
    """The map's files are not those that its manifest lists."""


class MapChangedError(MapError):
    """A file of an opened map was written to, replaced or deleted since the map was opened."""


class MapSignatureError(MapError):
    """A map is not signed, or not by the key that was asked for; or a key cannot be read."""


class MapFeatureError(MapError):
    """The map lacks what a method needs (landmarks, a descriptor, depth)."""


class CalibrationError(MapError):
    """There is nothing to calibrate a method by in this map."""


class ModelMapMismatchError(MapError):
    """A network was trained in another world than the map's."""


class SourceError(RelocError):
    """A data set, bag or model that is to be imported is not of the expected form."""


class DepthError(SourceError):
    """Depth images are missing, or of another unit than was said."""


class BagError(SourceError):
    """Base of what can be wrong with a bag."""


class BagPoseError(BagError):
    """The bag holds no pose for the camera's images."""


class BagTimeError(BagError):
    """Time stamps in the bag go backwards."""


class BagTruncatedError(BagError):
    """The bag is cut off or was not closed."""


class TransferError(MapError):
    """A map could not be fetched from its server."""


class MapOfferError(TransferError):
    """What a server says of its map is no map's, or more than this machine takes: fetching it again changes nothing."""


class ModelError(RelocError):
    """Base of everything that can be wrong with a compiled network's model."""


class ModelNotFoundError(ModelError):
    """There is no model of that name or at that place, or one of its files is missing."""


class ModelTruncatedError(ModelError):
    """A model's file has another size than its model.json says: a copy that did not finish."""


class ModelHashError(ModelError):
    """A model's file is not the one that its model.json lists."""


class ModelVersionError(ModelError):
    """The model was written by a newer (or no longer readable) version of reloc."""


class ModelFormatError(ModelError):
    """What a model's files say of it is missing, contradictory, or cannot be read."""


class ModelConversionError(ModelError):
    """A graph cannot be brought into another precision."""


class BackendError(RelocError):
    """Base of what can go wrong where a network runs."""


class BackendUnavailableError(BackendError):
    """What a backend needs is not there: its package, a driver, a GPU."""


class ModelInputError(BackendError):
    """An input has another name, shape or type than the network takes."""


class UnsupportedOperatorError(BackendError):
    """A network has an operator that the backend lacks."""


class GpuMemoryError(BackendError):
    """The GPU has not enough free memory."""


class EngineCacheError(BackendError):
    """A compiled engine in the cache is missing, cut off, damaged, or was built for something else."""


class SynthError(RelocError):
    """Base of what can go wrong where synthetic worlds are made."""


class TextureError(SynthError):
    """The folder of textures does not exist, or holds no photograph."""


class CrowdedWorldError(SynthError):
    """A world has no place for a camera that sees enough."""


class TrainingError(RelocError):
    """Base of what can go wrong in training: a run that is there already, or whose map is another one by now."""


class TrainingDataError(TrainingError):
    """A map has not enough references, or not enough different ones, to learn from."""


class PairError(TrainingDataError):
    """No two views of a place overlap enough, or are near enough, to learn from as a pair."""


class CheckpointError(TrainingError):
    """A checkpoint is missing, cut off, damaged, or belongs to another task."""


class DivergedError(TrainingError):
    """The loss or the score is no longer a number."""


class ExportError(TrainingError):
    """A trained network cannot be written as a model."""
