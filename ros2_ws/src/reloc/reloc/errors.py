"""Every error that reloc raises on purpose, by name.

A message says what was wrong, the value, and what to do. A *frame* that cannot be used is never an error but a
:class:`reloc.datatypes.Lost`. Errors are for maps, files, configuration and set-up, which a person must correct.
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


class PortInUseError(RelocError):
    """Another program listens on the port of a page."""


class StorageError(RelocError):
    """The system refused: the disk is full, a place is not writable, memory is used up, or too many files are open."""


class LockError(RelocError):
    """A lock is not safe or cannot be made: it is a link, or another user owns it."""


class CameraError(RelocError):
    """Camera intrinsics are missing, zero, NaN, or for another image size."""


class ImageError(RelocError):
    """An image is missing, truncated, empty, or of a kind that cannot be converted."""


class PoseError(RelocError):
    """A pose is not a rigid transform, is not finite, or occurs twice."""


class MapError(RelocError):
    """Base of all errors of a map."""


class MapNotFoundError(MapError):
    """There is no map at that place."""


class MapEmptyError(MapError):
    """The map, or the source it is to be built from, has no usable reference."""


class MapIncompleteError(MapError):
    """The map is incomplete: a build or a transfer did not finish."""


class MapVersionError(MapError):
    """The map was written by a newer (or no longer readable) version of reloc."""


class MapHashError(MapError):
    """The map's files differ from those that its manifest lists."""


class MapChangedError(MapError):
    """A file of an opened map was written to, replaced or deleted since the map was opened."""


class MapSignatureError(MapError):
    """A map is not signed by the required key, or a key cannot be read."""


class MapFeatureError(MapError):
    """The map lacks what a method needs (landmarks, a descriptor, depth)."""


class CalibrationError(MapError):
    """This map holds nothing to calibrate a method with."""


class ModelMapMismatchError(MapError):
    """A network was trained with another map than this one."""


class SourceError(RelocError):
    """A data set, bag or model to import does not have the expected form."""


class VideoError(SourceError):
    """A video cannot be decoded."""


class SfmError(SourceError):
    """Structure from motion could not join the images, or scale and axes could not be found as asked."""


class DepthError(SourceError):
    """Depth images are missing, or have another unit than stated."""


class BagError(SourceError):
    """Base of all errors of a bag."""


class BagPoseError(BagError):
    """The bag holds no pose for the camera's images."""


class BagTimeError(BagError):
    """Time stamps in the bag go backward."""


class BagTruncatedError(BagError):
    """The bag is cut off or was not closed."""


class TransferError(MapError):
    """A map could not be fetched from its server."""


class MapOfferError(TransferError):
    """A server's map description is invalid or exceeds this machine's limits; fetching it again does not help."""


class ModelError(RelocError):
    """Base of all errors of a network's model."""


class ModelNotFoundError(ModelError):
    """There is no model of that name or path, or one of its files is missing."""


class ModelTruncatedError(ModelError):
    """A model's file has another size than its model.json lists: a copy did not finish."""


class ModelHashError(ModelError):
    """A model's file differs from the one that its model.json lists."""


class ModelVersionError(ModelError):
    """The model was written by a newer (or no longer readable) version of reloc."""


class ModelFormatError(ModelError):
    """The description in a model's files is missing, contradictory, or unreadable."""


class ModelConversionError(ModelError):
    """A graph cannot be converted to another precision."""


class BackendError(RelocError):
    """Base of all errors while a network runs."""


class BackendUnavailableError(BackendError):
    """A backend's package, driver or GPU is missing."""


class ModelInputError(BackendError):
    """An input has another name, shape or type than the network takes."""


class UnsupportedOperatorError(BackendError):
    """A network has an operator that the backend lacks."""


class GpuMemoryError(BackendError):
    """The GPU has not enough free memory."""


class EngineCacheError(BackendError):
    """A compiled engine in the cache is missing, cut off, damaged, or was built for something else."""


class SynthError(RelocError):
    """Base of all errors while synthetic worlds are made."""


class TextureError(SynthError):
    """The folder of textures does not exist, or holds no photograph."""


class CrowdedWorldError(SynthError):
    """A world has no place from which a camera sees enough."""


class TrainingError(RelocError):
    """Base of all errors in training, such as a run that already exists or a map that has changed."""


class TrainingDataError(TrainingError):
    """A map has not enough references, or not enough different ones, to learn from."""


class WeightsError(TrainingDataError):
    """A file of published weights cannot be read, or is of another network."""


class PairError(TrainingDataError):
    """No two views of a place overlap enough, or are close enough, to form a training pair."""


class CheckpointError(TrainingError):
    """A checkpoint is missing, cut off, damaged, or belongs to another task."""


class DivergedError(TrainingError):
    """The loss or the score is not a finite number."""


class ExportError(TrainingError):
    """A trained network cannot be written as a model."""
