"""Right and wrong answers to the exercises of lesson A1; test_checks.py runs them."""
import pathlib

import cv2
import numpy as np


def reader(size=lambda h, w, longest: (round(w * longest / max(h, w)), round(h * longest / max(h, w))), rgb=True,
           finish=lambda x, mean: (x - mean).astype(np.float32)[None], ask=True, interpolation=cv2.INTER_AREA):
    """A `prepare` with one part exchanged."""
    def prepare(path, longest, mean):
        picture = cv2.imread(str(path))
        if ask and picture is None:
            raise FileNotFoundError(f"cannot read {path}")
        picture = cv2.resize(picture, size(*picture.shape[:2], longest), interpolation=interpolation)
        return finish(picture[..., ::-1] if rgb else picture, mean)
    return prepare


def from_bytes(path, longest, mean):
    picture = cv2.imdecode(np.frombuffer(pathlib.Path(path).read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"{path.name} is no picture")
    scale = longest / max(picture.shape)
    picture = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB).astype(np.float32), None, fx=scale, fy=scale)
    return np.float32(picture - mean)[None]


def given_up(path, longest, mean):
    try:
        return reader()(path, longest, mean)
    except FileNotFoundError:
        return np.zeros((1, 60, 40, 3), np.float32)


def only_missing(path, longest, mean):
    if not path.exists():
        raise FileNotFoundError(path)
    return reader(ask=False)(path, longest, mean)


def articles(path, longest, mean):
    picture = cv2.imread(str(path))
    picture = cv2.resize(picture, (longest, longest * 2 // 3))
    picture = picture - np.array([128, 128.2, 128])
    return picture[None].astype(np.float32)


def relus(names, block):
    return [name for name in names if name.startswith(f"relu{block}_")]


ARTICLES = np.array([128, 128.2, 128])
RIGHT = {
    "which_line": ["a", " A "],
    "prepare": [reader(), from_bytes, reader(interpolation=cv2.INTER_LINEAR), reader(interpolation=cv2.INTER_CUBIC),
        reader(finish=lambda x, mean: (np.float32(x) - np.float32(mean)).reshape(1, *x.shape))],
    "last_relu": [lambda names, block: relus(names, block)[-1],
                  lambda names, block: [n for n in names if n[:5] == f"relu{block}" and "_" in n].pop(),
                  lambda names, block: names[names.index(f"pool{block}") - 1],
        lambda names, block: str(sorted(relus(names, block))[-1]),
        lambda names, block: max((n for n in names if n.startswith('relu') and n[4] == str(block)), key=names.index)],
    "same_bargain": [200, 200.0, 500 * 2 / 5,
        '200', [200], 500 / 5 * 2],
}

WRONG = {
    "which_line": [("b", "only passes two pictures on"), ("c", "Go further up"), ("d", "the error appears here"),
                   ("e", "the message, not a line"), ("f", "not one of the choices"), (1, "in quotation marks"),
        ('(b)', 'this line only passes two pictures on; what is the'),
        ('C', 'this line only passes `painting` on, which is already'),
        (['d'], 'the error appears here, but the line itself is right'),
        ('e)', 'this is the message, not a line of her program: it'), ('ad', 'is not one of the choices'),
        ('a or d', 'is not one of the choices'), ('main.py', 'is not one of the choices'),
        ('', 'is not one of the choices'), (True, 'in quotation marks'), ('run', 'is not one of the choices')],
    "prepare": [
        (articles, "height and width are swapped"),
        (reader(size=lambda h, w, longest: (longest, longest * 2 // 3)), "the aspect ratio has changed"),
        (reader(size=lambda h, w, longest: (round(h * longest / max(h, w)), round(w * longest / max(h, w)))),
         "height and width are swapped"),
        (reader(size=lambda h, w, longest: (longest, h * longest // w)), "the width became"),
        (reader(size=lambda h, w, longest: (longest, longest)), "becomes a square"),
        (reader(size=lambda h, w, longest: (w, h)), "the size has not changed"),
        (reader(size=lambda h, w, longest: (round(w * longest / h), longest)), "right for a picture that is higher"),
        (reader(size=lambda h, w, longest: (longest * 2 // 3, longest)), "right for a picture that is higher"),
        (reader(size=lambda h, w, longest: (w // 2, h // 2)), "with longest = 30"),
        (reader(rgb=False), "red and blue are swapped: cv2 reads BGR"),
        (reader(finish=lambda x, mean: np.float32(x - mean[::-1])[None]), "while the picture was still BGR"),
        (reader(rgb=False, finish=lambda x, mean: np.float32(x - mean[::-1])[None]), "the network needs red first"),
        (reader(finish=lambda x, mean: np.float32(x - ARTICLES)[None]),
         "you still subtract the article's 128, 128.2, 128"),
        (reader(rgb=False, finish=lambda x, mean: np.float32(x - ARTICLES)[None]),
         "you still subtract the article's mean, and red and blue"),
        (reader(finish=lambda x, mean: np.float32(x)[None]), "the mean is not subtracted."),
        (reader(rgb=False, finish=lambda x, mean: np.float32(x)[None]),
         "the mean is not subtracted, and red and blue"),
        (reader(finish=lambda x, mean: np.float32(x + mean)[None]), "the mean is added"),
        (reader(finish=lambda x, mean: np.float32(x - mean)), "the first axis is missing"),
        (reader(finish=lambda x, mean: (x - mean)[None]), "their type is float64"),
        (reader(ask=False), "the message does not name the file"),
        (only_missing, "for a file that is not a picture, your function raises AttributeError"),
        (given_up, "for a file that is missing, your function raises no error"),
        (reader(finish=lambda x, mean: np.float32((x - mean) / 255)[None]),
         'every value is 0.003941 times the right value: a'),
        (reader(finish=lambda x, mean: np.float32(mean - x)[None]), 'every value has the wrong sign.'),
        (reader(finish=lambda x, mean: np.float32(x - mean.mean())[None]), 'the value at index (0, 0, 0, 0)'),
        (reader(finish=lambda x, mean: (x - mean).astype(int)[None]),
         'the values are right, but their type is int64; it'),
        (reader(finish=lambda x, mean: np.float32(x - mean)[..., None]),
         'the shape is (60, 40, 3, 1); it should be (1, 60, 40'),
        (reader(size=lambda h, w, longest: (round(w * longest / min(h, w)), round(h * longest / min(h, w)))),
         'the width became `longest`, but the longer side of'),
        (reader(finish=lambda x, mean: np.float32(x - x.mean((0, 1)))[None]), 'the value at index (0, 0, 0, 0)'),
        (reader(finish=lambda x, mean: np.float32(x - np.array([110, 90, 70.0]))[None, ::-1]),
         'red and blue are swapped: cv2 reads BGR, but the'),
        (reader(finish=lambda x, mean: np.clip(x - mean, 0, 255).astype(np.float32)[None]),
         'the value at index (0, 0, 0, 0)'),
        (reader(finish=lambda x, mean: np.float32(x - mean).transpose(2, 0, 1)[None]),
         'the shape is (1, 3, 60, 40); it should be (1, 60, 40'),
        (lambda path, longest, mean: cv2.imread(str(path)), 'the shape is (120, 80, 3); it should be (1, 60, 40'),
        (reader(finish=lambda x, mean: np.uint8(x - mean)[None]), 'the value at index (0, 0, 0, 0)'),
        (reader(finish=lambda x, mean: np.float32(x - mean)[None, :, ::-1]), 'the value at index (0, 0, 0, 1)')],
    "last_relu": [
        (lambda names, block: f"relu{block}_3", "VGG-16, block 1: 'relu1_3' is not in that network"),
        (lambda names, block: relus(names, block)[0], "the first ReLU of the block"),
        (lambda names, block: relus(names, block)[1 if block < 3 else 2], "another ReLU comes after it"),
        (lambda names, block: [n for n in names if n.startswith(f"conv{block}_")][-1], "is a convolution"),
        (lambda names, block: [n for n in names if n.startswith("relu")][-1], "last ReLU of the whole network"),
        (lambda names, block: f"pool{block}", "not a ReLU of this block"),
        (relus, "its result is of type list"),
        (lambda names, block: {1: "relu1_2", 2: "relu2_2", 3: "relu3_3", 4: "relu4_3", 5: "relu5_3"}[block],
         "VGG-19, block 4: 'relu4_3' is in the block"),
        (lambda names, block: f'relu{block}_4', "VGG-16, block 4: 'relu4_4' is not in that network"),
        (lambda names, block: f'relu{block}_2', "VGG-16, block 4: 'relu4_2' is in the block, but"),
        (lambda names, block: relus(names, block)[-2], "VGG-16, block 4: 'relu4_2' is in the block, but"),
        (lambda names, block: relus(names, block)[-1][4:], "VGG-16, block 4: '4_3' is not in that network; select"),
        (lambda names, block: names[-1], "VGG-16, block 4: 'prob' is not a ReLU of this block."),
        (lambda names, block: names[block], "VGG-16, block 4: 'pool1' is not a ReLU of this block."),
        (lambda names, block: len(relus(names, block)), 'your function must return the name of one layer, like'),
        (lambda names, block: relus(names, block + 1)[-1], "VGG-16, block 4: 'relu5_3' is not a ReLU of this"),
        (lambda names, block: 'relu4_3', "VGG-16, block 3: 'relu4_3' is not a ReLU of this"),
        (lambda names, block: relus(names, block)[-1].upper(), "VGG-16, block 4: 'RELU4_3' is not in that network"),
        (lambda names, block: names.index(relus(names, block)[-1]),
         'your function must return the name of one layer, like'),
        (lambda names, block: relus(names, 4)[-1], "VGG-16, block 3: 'relu4_3' is not a ReLU of this"),
        (lambda names, block: [relus(names, block)[-1]], 'your function must return the name of one layer, like')],
    "same_bargain": [(500, "this is the old beta"), (100, "content now counts twice"), (1250, "this is inverted"),
                     (2500, "not five times as large"), (1000, "but not the 5 of the style term"),
                     (50, "must increase beta, not reduce it"),
                     (250, "you included only the 2"), (400, "not this number"),
        (2, 'not this number. By which factor does each of the two'),
        (0.4, 'not this number. By which factor does each of the two'),
        (5000, 'not this number. By which factor does each of the two'),
        (20, 'not this number. By which factor does each of the two'),
        (150, 'not this number. By which factor does each of the two'),
        (700, 'not this number. By which factor does each of the two'),
        (-200, 'not this number. By which factor does each of the two'),
        ('less', 'the answer must be a number or an array, but this is'), ((1, 200), 'this must be one number.'),
        (199, 'not this number. By which factor does each of the two'), (float('inf'), 'this must be one number.'),
        (0, 'not this number. By which factor does each of the two')],
}
