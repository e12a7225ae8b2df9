"""A few hundred damaged files; ``make fuzz`` reads ten thousand."""

from tests import fuzz

FILES, SEED = 160, 2


def test_every_damaged_file_is_loaded_or_refused_by_name() -> None:
    seen = fuzz.run(range(FILES), SEED)
    assert seen.loaded.total() + seen.refused.total() == FILES
    assert {kind.__name__ for kind in fuzz.FORMATS} == {*seen.refused}
    assert seen.slowest_s < fuzz.LONGEST_S
