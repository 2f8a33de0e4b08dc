"""Blind ranking: a page that shows pictures under letters only, and what several people's answers say.
Built in lesson 09: do two people agree, and does a measure agree with them?
Must not know networks, losses or optimising: only pictures, letters and places.
"""
import base64
import html
import itertools
import os
import pathlib
import string

import numpy as np

from course_lib._base import check_whole, replace_file, shown
from course_lib._formats import encode_picture
from course_lib.images import load_image, to_uint8
from course_lib.lab.measures import BETTER, Judgement
from course_lib.lab.table import table_path

MOST = 26  # letters

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Blind ranking</title>
<style>
body { font: 16px/1.4 Arial, sans-serif; max-width: 1100px; margin: 1.5em auto; padding: 0 1em; background: #fff;
       color: #111; }
#cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(240px, 1fr)); gap: 14px; margin: 1em 0; }
.card { border: 3px solid #ccc; background: #fff; padding: 6px; font: inherit; cursor: pointer; text-align: left; }
.card img { width: 100%; display: block; } .card.placed { border-color: #4477aa; } .card b { float: right; }
button:disabled { opacity: 0.5; } input, #save, #clear { font: inherit; padding: 4px 10px; }
#answer { font-family: monospace; font-size: 18px; }
</style></head><body>
<h1>QUESTION</h1>
<noscript><p><b>The buttons do not work yet.</b> In JupyterLab, click "Trust HTML" above this page.</p></noscript>
<p>Click the best picture first, then the second best, and so on. A second click takes a picture back.</p>
<div id="cards">CARDS</div>
<p><label>Your name: <input id="name" autocomplete="off"></label>
<button id="save" disabled>Save my ranking</button> <button id="clear">Start again</button></p>
<p>Your answer: <output id="answer"></output></p>
<p>If no file is saved, copy the line of your answer and give it to <code>read_rankings</code>.</p>
<script>
const order = [], cards = [...document.querySelectorAll(".card")];
const get = id => document.getElementById(id);
const line = () => get("name").value.trim() + ": " + order.join("");
function draw() {
  cards.forEach(card => {
    const place = order.indexOf(card.dataset.letter);
    card.classList.toggle("placed", place >= 0);
    card.querySelector("b").textContent = place >= 0 ? "place " + (place + 1) : "";
  });
  get("answer").textContent = line();
  get("save").disabled = order.length < cards.length || !get("name").value.trim();
}
cards.forEach(card => card.onclick = () => {
  const place = order.indexOf(card.dataset.letter);
  place >= 0 ? order.splice(place, 1) : order.push(card.dataset.letter);
  draw();
});
get("name").oninput = draw;
get("clear").onclick = () => { order.length = 0; draw(); };
get("save").onclick = () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([line() + "\\n"], {type: "text/plain"}));
  link.download = "ranking_" + get("name").value.trim().replace(/[^\\p{L}\\p{N}]+/gu, "-") + ".txt";
  link.click();
};
draw();
</script></body></html>
"""


def blind_page(rows, folder, path, question, count=9, seed=0):
    """Write a web page on which somebody ranks pictures without knowing how they were made.

    The pictures are drawn by chance, shuffled, and shown under letters. The page needs no internet; its button saves
    one line, such as 'Ann: CGIADEFBH', best first, as a text file. The same call gives the same page again.

    Args:
        rows: of `run_experiments` or `read_table`.
        folder: where the pictures are, as in `run_experiments`.
        path: of the page, ending in .html.
        question: the heading, such as 'In which picture is the photograph best kept?'
        count: pictures on the page, 2 to 26.
        seed: of the drawing and shuffling.

    Returns:
        The key, a dict of letter -> row. Do not look at it before everybody has answered.

    Raises:
        TypeError, ValueError: an argument does not fit, or there are fewer finished rows.
        FileNotFoundError: a picture is missing.

    >>> key = blind_page(rows, "results/alpha", "results/blind.html", "Which is best?")             # doctest: +SKIP

    Built in lesson 09.
    """
    check_whole(count, "count", 2, MOST)
    check_whole(seed, "seed", 0)
    if not isinstance(question, str) or not question.strip():
        raise ValueError(f"question is {shown(question)}; give a sentence.")
    path = _page_path(path)
    if not isinstance(rows, (list, tuple)) or not all(isinstance(row, dict) and "picture" in row for row in rows):
        raise TypeError(f"rows is {shown(rows)}; give rows as read_table returns them.")
    done = [row for row in rows if row.get("status", "done") == "done"]
    if len(done) < count:
        raise ValueError(f"count is {count}, and there are {len(done)} finished rows; give a smaller count.")
    chosen = np.random.default_rng(seed).permutation(len(done))[:count]
    key = {letter: done[place] for letter, place in zip(string.ascii_uppercase, chosen)}
    place = table_path(folder).parent
    cards = "\n".join(_card(letter, load_image(place / row["picture"])) for letter, row in key.items())
    page = PAGE.replace("QUESTION", html.escape(question)).replace("CARDS", cards)
    replace_file(path, page.encode())
    return key


def _page_path(path):
    if not isinstance(path, (str, os.PathLike)) or pathlib.Path(path).suffix != ".html":
        raise ValueError(f"path is {shown(path)}; give a name that ends in .html.")
    path = pathlib.Path(path)
    if not path.parent.is_dir():
        raise ValueError(f"folder {str(path.parent)!r} does not exist; create it, or choose another.")
    return path


def _card(letter, picture):
    data = base64.b64encode(encode_picture(to_uint8(picture), ".png", (), "a blind page")).decode()
    return (f'<button class="card" data-letter="{letter}" aria-label="picture {letter}"><img alt="picture {letter}" '
            f'src="data:image/png;base64,{data}">{letter} <b></b></button>')


def read_rankings(answers, key):
    """Collect the rankings that people gave on a blind page.

    Args:
        answers: a folder with the saved files ranking_*.txt; or a list of lines such as 'Ann: CGIADEFBH'; or a dict of
            name -> letters, best first.
        key: what `blind_page` returned.

    Returns:
        A dict of name -> letters.

    Raises:
        TypeError, ValueError: there is no answer, or one does not name each letter once.

    >>> read_rankings(["Ann: BA", "Ben: ab"], dict(A={}, B={}))
    {'Ann': 'BA', 'Ben': 'AB'}

    Built in lesson 09.
    """
    if not isinstance(key, dict) or not key or not all(isinstance(letter, str) for letter in key):
        raise TypeError(f"key is {shown(key)}; give what blind_page returned.")
    found = {}
    for name, letters in _pairs(answers):
        letters = "".join(str(letters).split()).upper()
        if sorted(letters) != sorted(key):
            raise ValueError(f"the answer of {name} is {shown(letters)}; a ranking names each of {''.join(key)} once, "
                             "the letters of the key.")
        if name in found:
            raise ValueError(f"{name} answered twice; keep one answer.")
        found[name] = letters
    if not found:
        raise ValueError("answers contains no ranking; give a folder with ranking_*.txt, lines, or a dict.")
    return found


def _pairs(answers):
    """(name, letters) of each answer."""
    if isinstance(answers, dict):
        return list(answers.items())
    if isinstance(answers, (str, os.PathLike)):
        if not pathlib.Path(answers).is_dir():
            raise ValueError(f"folder {str(answers)!r} does not exist; give the folder with the answers.")
        answers = [file.read_text("utf-8-sig") for file in sorted(pathlib.Path(answers).glob("ranking_*.txt"))]
    if not isinstance(answers, (list, tuple)) or not all(isinstance(line, str) for line in answers):
        raise TypeError(f"answers is {shown(answers)}; give rankings: a folder, a list of lines, or a dict.")
    pairs = [line.rpartition(":")[::2] for line in answers if line.strip()]
    return [(name.strip() or "somebody", letters.strip()) for name, letters in pairs]


def ranking_table(key, rankings):
    """Write the answers as a table: one row for each picture, with the place that each person gave it.

    Args:
        key: what `blind_page` returned.
        rankings: what `read_rankings` returned.

    Returns:
        A list of dicts: letter, content, style, a column for each person (1 is the best), and the mean place.

    Raises:
        TypeError or ValueError: as in `read_rankings`.

    >>> key = dict(A=dict(content="cat", style="ink"), B=dict(content="cup", style="ink"))
    >>> ranking_table(key, {"Ann": "BA", "Ben": "BA"})[0]
    {'letter': 'A', 'content': 'cat', 'style': 'ink', 'Ann': 2, 'Ben': 2, 'mean place': 2.0}

    Built in lesson 09.
    """
    rankings = read_rankings(rankings, key)
    table = []
    for letter, row in key.items():
        places = {name: letters.index(letter) + 1 for name, letters in rankings.items()}
        table.append(dict(letter=letter, content=row.get("content"), style=row.get("style")) | places
                     | {"mean place": float(np.mean(list(places.values())))})
    return table


def agreement(rankings):
    """Compute how far people agree: the mean of Spearman's rank correlation over all pairs of people.

    Args:
        rankings: a dict of name -> letters, best first; at least two.

    Returns:
        1 for the same order, about 0 for orders by chance, -1 for reversed ones.

    Raises:
        TypeError or ValueError: there are fewer than two rankings, or they name other letters.

    >>> agreement({"Ann": "ABCD", "Ben": "ABDC"})
    0.8

    Built in lesson 09.
    """
    if not isinstance(rankings, dict) or len(rankings) < 2:
        raise TypeError(f"rankings is {shown(rankings)}; give a dict with the rankings of two people or more.")
    rankings = read_rankings(rankings, dict.fromkeys(sorted(str(next(iter(rankings.values()))).upper())))
    orders = [[letters.index(letter) for letter in sorted(letters)] for letters in rankings.values()]
    return round(float(np.mean([_spearman(a, b) for a, b in itertools.combinations(orders, 2)])), 12)


def measure_agreement(key, rankings):
    """Compare the measures of `judge` with people: Spearman's rank correlation of each measure with each person.

    Args:
        key: what `blind_page` returned.
        rankings: what `read_rankings` returned.

    Returns:
        A list of dicts: measure, and the correlation with each person; 1 means the same order, best first.

    Raises:
        TypeError or ValueError: as in `read_rankings`, or a row has no measures.

    Built in lesson 09.
    """
    rankings = read_rankings(rankings, key)
    lacking = [name for name in BETTER if any(not isinstance(row.get(name), (int, float)) for row in key.values())]
    if lacking:
        raise ValueError(f"key has a row without {lacking[0]}; give what blind_page returned.")
    costs = [Judgement(**{name: row[name] for name in BETTER}).costs() for row in key.values()]
    return [dict(measure=name) | {person: _spearman([letters.index(letter) for letter in key],
                                                    [each[name] for each in costs])
                                  for person, letters in rankings.items()} for name in BETTER]


def _spearman(a, b):
    from scipy.stats import spearmanr
    if np.ptp(a) == 0 or np.ptp(b) == 0:  # all equal: no order to compare
        return 0.0
    return float(spearmanr(a, b).statistic)
