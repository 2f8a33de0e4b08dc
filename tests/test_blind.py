"""The blind page: a real browser ranks pictures on it, and the saved answers become a table."""
import doctest

import numpy as np
import pytest
import scipy.stats

from course_lib import save_image
from course_lib.lab import blind, report
from course_lib.lab.blind import agreement, blind_page, measure_agreement, ranking_table, read_rankings
from course_lib.lab.measures import BETTER

LETTERS = "ABCDE"


@pytest.fixture
def rows(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(7):
        save_image(rng.uniform(0, 255, (1, 64, 72, 3)).astype(np.float32), tmp_path / f"{number}.png")
    return [dict(status="done" if number < 6 else "failed", content=f"photo{number}", style="flow",
                 picture=f"{number}.png", key=f"r{number}") | {name: float(number) for name in BETTER}
            for number in range(7)]


def page_of(rows, tmp_path, **options):
    key = blind_page(rows, tmp_path, tmp_path / "blind.html", "Which is <best>?", **dict(count=5) | options)
    return key, (tmp_path / "blind.html").read_text("utf-8")


def test_the_page_tells_nothing_about_the_pictures_and_fetches_nothing(rows, tmp_path):
    key, page = page_of(rows, tmp_path)
    assert "".join(key) == LETTERS and "photo6" not in {row["content"] for row in key.values()}
    assert "Which is &lt;best&gt;?" in page and page.count("<img") == 5
    assert "photo" not in page and "flow" not in page and "http" not in page and ".png" not in page


def test_the_same_call_gives_the_same_page_and_another_seed_another_order(rows, tmp_path):
    (key, page), (again, same) = page_of(rows, tmp_path), page_of(rows, tmp_path)
    assert key == again and page == same
    assert [row["key"] for row in page_of(rows, tmp_path, seed=3)[0].values()] != [row["key"] for row in key.values()]


@pytest.mark.skipif(not report.find_browser(), reason="no browser found")
def test_two_people_rank_in_a_browser_and_their_files_become_a_table(rows, tmp_path):
    from playwright.sync_api import sync_playwright
    key, _ = page_of(rows, tmp_path)
    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=report.find_browser(), args=["--no-sandbox"])
        page = browser.new_page()
        for name, letters in (("Ann Li", "CADBE"), ("李", "CABDE")):
            page.goto((tmp_path / "blind.html").as_uri())
            assert page.locator("#save").is_disabled()
            page.locator("[data-letter=B]").click()
            page.locator("[data-letter=B]").click()      # taken back
            for letter in letters:
                page.locator(f"[data-letter={letter}]").click()
            assert page.locator("#save").is_disabled()   # no name yet
            page.locator("#name").fill(name)
            with page.expect_download() as download:
                page.locator("#save").click()
            download.value.save_as(tmp_path / download.value.suggested_filename)
            assert page.locator("#answer").inner_text() == f"{name}: {letters}"
        browser.close()
    rankings = read_rankings(tmp_path, key)
    assert rankings == {"Ann Li": "CADBE", "李": "CABDE"}
    table = ranking_table(key, rankings)
    assert [row["Ann Li"] for row in table] == [2, 4, 1, 3, 5] and table[1]["mean place"] == 3.5
    assert [row["content"] for row in table] == [row["content"] for row in key.values()]
    assert agreement(rankings) == pytest.approx(0.9)


def test_agreement_is_spearmans_correlation_and_its_mean_for_three():
    rankings = {"a": "ABCDE", "b": "BACED", "c": "EDCBA"}
    rho = [scipy.stats.spearmanr(*([rankings[name].index(letter) for letter in LETTERS] for name in pair)).statistic
           for pair in ("ab", "ac", "bc")]
    assert agreement(rankings) == pytest.approx(np.mean(rho))
    with pytest.raises(TypeError, match="two people"):
        agreement({"a": "AB"})


def test_a_measure_that_orders_the_pictures_as_a_person_agrees(rows, tmp_path):
    key, _ = page_of(rows, tmp_path)
    best = "".join(sorted(key, key=lambda letter: -key[letter]["edges"]))   # higher is better
    found = {row["measure"]: row for row in measure_agreement(key, {"eye": best, "other": best[::-1]})}
    assert found["edges"]["eye"] == pytest.approx(1) and found["edges"]["other"] == pytest.approx(-1)
    assert found["colour"]["eye"] == pytest.approx(-1)      # lower is better


@pytest.mark.parametrize("answers, words", [
    (["Ann: ABC"], "answer of Ann is 'ABC'"), (["Ann: AABDE"], "each of ABCDE once"), ([], "no ranking"),
    (["Ann: ABCDE", "Ann: ABCDE"], "Ann answered twice"), ("nowhere", "'nowhere' does not exist"), (3, "answers is 3")])
def test_a_wrong_answer_is_named(answers, words):
    with pytest.raises((TypeError, ValueError), match=words):
        read_rankings(answers, dict.fromkeys(LETTERS))


@pytest.mark.parametrize("change, words", [
    (dict(count=7), "6 finished rows"), (dict(count=1), "count is 1"), (dict(path="page.txt"), "ends in .html"),
    (dict(path="nowhere/page.html"), "nowhere"), (dict(question=" "), "question is"), (dict(rows=[3]), "rows is")])
def test_bad_input_is_named(rows, tmp_path, change, words):
    good = dict(rows=rows, folder=tmp_path, path=tmp_path / "p.html", question="Which?", count=5)
    with pytest.raises((TypeError, ValueError), match=words):
        blind_page(**good | change)


def test_examples():
    result = doctest.testmod(blind)
    assert result.attempted > 2 and not result.failed
