"""``exrenet+features``: the network's answer, refined by local features if any match.

``features`` and ``exrenet`` both answer unchanged. If the network has a pose, landmarks of the references around it are
searched where the pose predicts them, and a pose is solved from the matches. Of all poses by features, the one that
explains most key points answers, if it meets the conditions of ``features``. Otherwise the network answers, with its
own covariance.

So there is an answer if either has one, with one exception. If ``features`` finds one place, and the network's pose is
almost as well explained at another, it is Lost as ambiguous.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Self

from reloc.config import param, same, shared, validate
from reloc.datatypes import Localized, Lost, LostReason, Prior, Query
from reloc.estimators.acceptance.scores import ScoredHypothesis
from reloc.estimators.local_features import FeatureLook, FeaturesConfig, LocalFeatureEstimator, with_features
from reloc.localizers.exrenet.localizer import ExReNet, ExReNetConfig
from reloc.localizers.exrenet.models import PairModels
from reloc.localizers.localizer import Localizer
from reloc.localizers.networked.map_networks import MapNetworks
from reloc.localizers.networked.params import NetworkParameters
from reloc.maps import layout
from reloc.maps.reference_map import ReferenceMap
from reloc.retrieval.by_pose import nearest
from reloc.timing import StageClock


@dataclass(frozen=True, slots=True)
class ExReNetFeaturesConfig:
    """Parameters of the localizer: its own, and those of ``features``.

    The parameters of ``exrenet`` have their defaults.
    """

    model: str = same(NetworkParameters, "model")
    backend: str = same(NetworkParameters, "backend")
    precision: str = same(NetworkParameters, "precision")
    neighbours: int = param(
        6,
        "The landmarks of this many references near the network's pose are searched for in the image. "
        "Raising it adds matches and costs time.",
        ge=1,
        le=100,
        expert=True,
    )
    features: FeaturesConfig = shared(FeaturesConfig, "features")

    def __post_init__(self) -> None:
        validate(self)

    @property
    def retrieval(self) -> str:
        """The global descriptor that proposes references."""
        return self.features.retrieval


class ExReNetFeatures(Localizer):
    """Localize by local features and by a network. The support is that of the one that answered."""

    name: ClassVar[str] = "exrenet+features"
    Config: ClassVar[type[ExReNetFeaturesConfig]] = ExReNetFeaturesConfig
    networks: ClassVar[type[MapNetworks] | None] = PairModels
    leaves_out: ClassVar[bool] = True
    config: ExReNetFeaturesConfig

    def __init__(
        self,
        config: ExReNetFeaturesConfig,
        reference_map: ReferenceMap,
        features: LocalFeatureEstimator,
        network: ExReNet,
    ) -> None:
        """Use :meth:`from_map`."""
        self.config = config
        self._map = reference_map
        self._features, self._network = features, network

    @classmethod
    def wanted_features(cls, config: ExReNetFeaturesConfig) -> str:
        """Return the kind of local features that was chosen."""
        return config.features.kind

    @classmethod
    def from_map(cls, config: ExReNetFeaturesConfig, reference_map: ReferenceMap) -> Self:
        """Open the localizer on this map.

        Raises:
            RelocError: as for ``features`` and ``exrenet``.
        """
        features = LocalFeatureEstimator.open(config.features, reference_map)
        network = ExReNetConfig(model=config.model, backend=config.backend, precision=config.precision)
        if not reference_map.arrays(f"{layout.RETRIEVAL}/{network.retrieval}"):
            # Both then use the same descriptor, which the map has.
            network = replace(network, retrieval=config.retrieval)
        return cls(config, reference_map, features, ExReNet.from_map(network, reference_map))

    def localize(self, query: Query) -> Localized | Lost:
        """Return the pose of the query's camera."""
        clock = StageClock()
        by_network = self._network.answer(query, clock)
        look = self._features.look(query, clock)
        by_features = look if isinstance(look, Lost) else self._features.judge(look, query)
        together = by_features
        if isinstance(look, FeatureLook) and isinstance(by_network, Localized):
            guided = self._guided(look, query, by_network, clock)
            together = self._features.judge(look, query, guided) if guided else by_features
        answer = _chosen(by_features, together, by_network)
        if isinstance(look, FeatureLook):
            answer = with_features(answer, look)
        return replace(answer, stage_ms=clock.stage_ms)

    def _guided(
        self, look: FeatureLook, query: Query, by_network: Localized, clock: StageClock
    ) -> list[ScoredHypothesis]:
        if not self._features.has_landmarks:
            return []
        references = nearest(self._map, by_network.world_from_cam, self.config.neighbours, query.without)
        prior = Prior(by_network.world_from_cam, by_network.covariance)
        return self._features.solve_near(prior, look.observation, query, references, clock)


def _chosen(
    by_features: Localized | Lost, together: Localized | Lost, by_network: Localized | Lost
) -> Localized | Lost:
    """Choose the answer; ``together`` is the answer of features that also matched around the network's pose."""
    if isinstance(together, Localized):
        return together
    if isinstance(by_features, Localized):
        return together if together.reason is LostReason.AMBIGUOUS else by_features
    if isinstance(by_network, Localized):
        return by_network
    both = f"Features: {by_features.detail}. Network ({by_network.reason.value}): {by_network.detail}"
    return replace(by_features, detail=both)


PLUGIN = ExReNetFeatures
