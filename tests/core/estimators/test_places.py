from reloc.datatypes import Candidate
from reloc.estimators.places import Places
from reloc.maps.reference_map import ReferenceMap


def candidates(*indices: int) -> list[Candidate]:
    return [Candidate(i, 1.0 - 0.01 * rank) for rank, i in enumerate(indices)]


def test_rooms_that_look_alike_are_two_places(twins: ReferenceMap) -> None:
    half = len(twins) // 2
    places = Places(twins).group(candidates(half, 0, 1, half + 1, 2), most=5, size=10)
    assert [[c.index for c in place] for place in places] == [[half, half + 1], [0, 1, 2]]


def test_sizes_are_limited(with_landmarks: ReferenceMap) -> None:
    everyone = candidates(*range(len(with_landmarks)))
    places = Places(with_landmarks).group(everyone, most=1, size=4)
    assert len(places) == 1
    assert len(places[0]) == 4
    assert places[0][0].index == 0


def test_without_landmarks_nearness_counts(without_landmarks: ReferenceMap) -> None:
    places = Places(without_landmarks).group(candidates(0, 1, 2), most=5, size=10)
    assert len(places) == 1


def test_no_candidates_no_places(with_landmarks: ReferenceMap) -> None:
    assert Places(with_landmarks).group([], most=3, size=3) == []
