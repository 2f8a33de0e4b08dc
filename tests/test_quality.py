"""That the pictures are worth showing: the shipped network and the defaults of `stylize`, judged without a network."""
import pytest

from course_lib import load_vgg, paint, sample_photo, stylize, synthesize_texture, transfer_measures
from course_lib.lab.evaluate import band_distance, colour_distance
from course_lib.vgg import untrained

SIZE = (152, 228)


@pytest.fixture(autouse=True)
def whole_runs(monkeypatch):
    """These tests judge the result of a whole run."""
    monkeypatch.delenv("COURSE_LIB_MAX_STEPS", raising=False)


@pytest.mark.parametrize("photo, painting", [("cat", "flow"), ("astronaut", "autumn")])
def test_the_defaults_repaint_a_photograph(photo, painting):
    content, style = sample_photo(photo, SIZE), paint(painting, SIZE)
    picture, _ = stylize(content, style, progress=False)
    measures = transfer_measures(picture, content, style)
    assert measures.colour < 0.5 and measures.bands < 0.5 and measures.edges > 0.4, measures


@pytest.mark.parametrize("painting", ["flow", "woodcut"])
def test_a_texture_needs_the_training(painting):
    style = paint(painting, (192, 288))
    settings = dict(size=(96, 144), steps=(20, 30), progress=False)
    trained, _ = synthesize_texture(style, **settings)
    random, _ = synthesize_texture(style, untrained(load_vgg()), **settings)
    assert band_distance(trained, style) < 0.7 * band_distance(random, style)
    assert colour_distance(trained, style) < colour_distance(random, style)
