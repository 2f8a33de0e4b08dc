"""What Sphinx needs beside myst-nb and its theme: formulas as MathML, a search for Chinese, the switch of languages.
Sphinx calls `setup`. Used for the web site of all lessons.
Must not know networks, losses or notebooks: it changes pages that are read already.
"""
import html
import re

from course_lib.lessons.site.pages import LANGUAGES

#: LaTeX that the converter does not know, and the same in commands that it knows.
KNOWN = ((r"\\(big|Big)(?![a-zA-Z])", r"\\\1l"), (r"\\dots(?![a-zA-Z])", r"\\ldots"),
         (r"\\(t?frac)\s*(\d)\s*(\d)", r"\\\1{\2}{\3}"))
#: A word of the search: a run of letters and digits, or a run of Chinese characters.
WORD = re.compile(r"[\u3400-\u9fff]+|[^\W\u3400-\u9fff]+")
#: The same division for what a reader types, in the browser.
SPLITTER = """
function splitQuery(query) {
  const words = [];
  for (const [run] of query.matchAll(/[\\u3400-\\u9fff]+|[\\p{L}\\p{N}_]+/gu)) {
    if (!/[\\u3400-\\u9fff]/.test(run)) words.push(run);
    else if (run.length === 1) words.push(run);
    else for (let at = 0; at + 1 < run.length; at++) words.push(run.slice(at, at + 2));
  }
  return words;
}
"""


def search_words(text):
    """The words by which a text is found: those of letters as they are, Chinese as pairs of neighbouring characters.

    Chinese has no spaces between words: whoever looks for 格拉姆矩阵 finds every page that holds all four pairs.
    """
    found = []
    for run in WORD.findall(text):
        pairs = [run[at:at + 2] for at in range(len(run) - 1)]
        found += (pairs or [run]) if "\u3400" <= run[0] <= "\u9fff" else [run]
    return found


def mathml(formula, block=False):
    """A formula in LaTeX as MathML, which browsers show without a program; ValueError if it cannot be read."""
    from docutils.utils.math import MathError
    from docutils.utils.math.latex2mathml import tex2mathml
    known = formula
    for unknown, same in KNOWN:
        known = re.sub(unknown, same, known)
    try:
        return tex2mathml(known, as_block=block)
    except MathError as error:
        raise ValueError(f"The formula {formula!r} cannot be shown: {error}.") from error


def setup(app):
    """Sphinx calls this once for each language; returns what Sphinx asks of an extension."""
    from docutils import nodes
    from sphinx.search import SearchLanguage

    class Chinese(SearchLanguage):
        lang, language_name, stopwords, js_splitter_code = "zh", "Chinese", frozenset(), SPLITTER

        def split(self, input):
            return search_words(input)

        def stem(self, word):
            return word.lower()

        def word_filter(self, word):
            return bool(word)

    def inline(translator, node):
        translator.body.append(mathml(node.astext()))
        raise nodes.SkipNode

    def block(translator, node):
        translator.body.append(f'<div class="math">{mathml(node.astext(), block=True)}</div>')
        raise nodes.SkipNode
    app.add_search_language(Chinese)
    app.add_html_math_renderer("mathml", (inline, None), (block, None))
    app.add_config_value("course_language", "en", "html")
    app.add_config_value("course_untranslated", [], "html")
    app.connect("html-page-context", _add_switch)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _add_switch(app, pagename, templatename, context, doctree):
    """Put the links to the same page in the other languages above the text, and say if it is not translated."""
    own = app.config.course_language
    links = language_links(pagename, own)
    context["course_switch"] = links
    if "body" in context:
        note = LANGUAGES[own]["untranslated"] if pagename in app.config.course_untranslated else ""
        note = note and f'<p class="course-note">{html.escape(note)}</p>'
        context["body"] = f"{links}{note}{context['body']}"


def language_links(pagename, own):
    """Links from a page to the same page in every other language, as HTML."""
    up = "../" * (pagename.count("/") + 1)
    links = [f'<a href="{up}{code}/{pagename}.html" hreflang="{code}" lang="{code}">{words["name"]}</a>'
             for code, words in LANGUAGES.items() if code != own]
    return f'<p class="course-switch">{" ".join(links)}</p>'
