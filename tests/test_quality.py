"""That the pictures are worth showing: the shipped network and the defaults of `stylize`, judged without a network."""
import pytest

from course_lib import load_vgg, sample_painting, sample_photo, stylize, synthesize_texture, transfer_measures
from course_lib.lab.strokes import stroke_share
from course_lib.vgg import untrained

SIZE = (152, 228)


@pytest.fixture(autouse=True)
def whole_runs(monkeypatch):
    """These tests judge the result of a whole run."""
    monkeypatch.delenv("COURSE_LIB_MAX_STEPS", raising=False)


@pytest.mark.parametrize("photo, painting", [("cat", "starry night"), ("astronaut", "flow")])
def test_the_defaults_repaint_a_photograph(photo, painting):
    content, style = sample_photo(photo, SIZE), sample_painting(painting, SIZE)
    picture, _ = stylize(content, style, progress=False)
    measures = transfer_measures(picture, content, style)
    assert measures.colour < 0.4 and measures.edges > 0.5 and measures.strokes > 0.75, measures


@pytest.mark.parametrize("painting", ["starry night", "mosaic"])
def test_a_texture_needs_the_training(painting):
    """Swirls and stones hang together in it; on random weights it is grain."""
    style = sample_painting(painting, (192, 288))
    settings = dict(size=(96, 144), steps=(40, 40), progress=False)
    trained, _ = synthesize_texture(style, **settings)
    random, _ = synthesize_texture(style, untrained(load_vgg()), **settings)
    assert stroke_share(trained, style) > 0.8 and stroke_share(random, style) < 0.75
