"""Build the web site: sources of every page, states of the sliders, Sphinx once for each language, and a first page.
Used for the web site of all lessons.
Must not know formulas or training: it joins what the other files of this folder make.

Builder: Sphinx with myst-nb and the theme Furo, because they install from pip packages alone and are well kept, and
because the pages work from a folder without a server (Jupyter Book 2 fetches its theme while it builds).
"""
import importlib.util
import io
import json
import pathlib
import shutil
import tempfile

from course_lib._base import replace_file
from course_lib.lessons.site.pages import LANGUAGES, pages, THEME
from course_lib.lessons.site.states import LESSONS

ROOT = pathlib.Path(__file__).resolve().parents[3]
DATA = ROOT / "course_lib" / "data" / "site"
#: A folder with this file was made by `build_site`, which may replace it.
MARK = "course-site.txt"
NEEDED = ("sphinx", "myst_nb", "furo")
FONTS = ('-apple-system, BlinkMacSystemFont, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", '
         '"Noto Sans SC", Helvetica, Arial, sans-serif')


def build_site(folder="site", root=ROOT, states=None):
    """Build the web site from the stored outputs of the notebooks (no cell is run); returns the first page's path.

    `states` is a dict of lesson and function, as in LESSONS. ValueError: a page is wrong, or the folder holds files.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise ImportError(f"{' and '.join(missing)} cannot be imported; install the packages of the site: "
                          'python -m pip install -e ".[site]"')
    folder = pathlib.Path(folder)
    check_folder(folder)
    target = folder.resolve()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".site-", dir=target.parent) as temporary:  # so that the end is a renaming
        made = pathlib.Path(temporary) / "site"
        for language in LANGUAGES:
            _build_language(pathlib.Path(temporary), made, language, root)
        chosen = {name: make for name, (_, make) in LESSONS.items()} if states is None else states
        for name, make in chosen.items():
            write_states(made / "states" / name, make())
        (made / "states").mkdir(exist_ok=True)
        shutil.copy(DATA / "sliders.js", made / "states")
        write_start(made)
        shutil.rmtree(made / "jupyter_execute", ignore_errors=True)  # myst-nb's copies of the notebooks
        (made / MARK).write_text("Made by python -m course_lib.lessons.site\n", "utf-8")
        if target.exists():
            target.rename(pathlib.Path(temporary) / "older")
        made.rename(target)
    return folder / "index.html"


def check_folder(folder):
    """Raise ValueError if the folder holds anything but an older site."""
    if folder.exists() and not (folder / MARK).exists() and (folder.is_file() or any(folder.iterdir())):
        raise ValueError(f"{folder} exists already and is no site of the course; give another folder.")


def write_states(folder, parts):
    """Write each part as a small program that hands it to sliders.js, which works from a folder too."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, part in parts.items():
        text = json.dumps(part, ensure_ascii=True, separators=(",", ":"))
        replace_file(folder / f"{name}.js", f"courseStates({json.dumps(f'{folder.name}/{name}')},{text});\n".encode())


def write_start(folder):
    """Write the first page, which leads to the language of the reader's browser."""
    links = " · ".join(f'<a lang="{code}" href="{code}/index.html">{words["name"]}</a>'
                       for code, words in LANGUAGES.items())
    (folder / "index.html").write_text(
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" '
        f'content="width=device-width"><title>{" · ".join(words["title"] for words in LANGUAGES.values())}</title>\n'
        '<script>location.replace((/^zh/i.test(navigator.language) ? "zh" : "en") + "/index.html");</script>'
        f"</head>\n<body><p>{links}</p></body></html>\n", "utf-8")


def _build_language(temporary, made, language, root):
    """Write the sources of one language, and let Sphinx make its pages."""
    source, untranslated = temporary / f"source_{language}", []
    for page in pages(root, language):
        path = source / f"{page.place}{page.ending}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page.source, "utf-8")
        untranslated += [] if page.translated else [page.place]
    shutil.copytree(root / "notebooks" / "pictures", source / "notebooks" / "pictures")
    run_sphinx(source, made / language, temporary / f"doctrees_{language}", settings(language, untranslated))
    for path in (made / language).rglob("*.html") if language in THEME else ():
        text = path.read_text("utf-8")
        for english, own in THEME[language].items():
            text = text.replace(english, own)
        path.write_text(text, "utf-8")


def settings(language, untranslated=()):
    """The settings of Sphinx for one language: a dict."""
    words = LANGUAGES[language]
    return dict(
        project=words["title"], html_title=words["title"], author="", copyright="", language=words["sphinx"],
        extensions=["myst_nb", "course_lib.lessons.site.extension"], html_theme="furo",
        html_static_path=[str(DATA / "course.css")], html_css_files=["course.css"], templates_path=[str(DATA)],
        html_sidebars={"**": ["sidebar/brand.html", "language.html", "sidebar/search.html",
                              "sidebar/scroll-start.html", "sidebar/navigation.html", "sidebar/scroll-end.html"]},
        html_theme_options={"light_css_variables": {"font-stack": FONTS}}, html_math_renderer="mathml",
        html_copy_source=False, html_show_sourcelink=False, html_show_sphinx=False, html_show_copyright=False,
        html_use_index=False,
        myst_enable_extensions=["dollarmath", "amsmath"], myst_dmath_double_inline=True, myst_heading_anchors=4,
        nb_execution_mode="off", nb_merge_streams=True, course_language=language,
        course_untranslated=list(untranslated))


def run_sphinx(source, target, doctrees, chosen):
    """Run Sphinx on a folder of sources with some settings; ValueError with the first lines if it warns."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils
    warnings = io.StringIO()
    with patch_docutils(), docutils_namespace():
        Sphinx(source, None, target, doctrees, "html", confoverrides=chosen, status=None, warning=warnings).build()
    lines = [line for line in warnings.getvalue().splitlines() if line.strip()]
    if lines:
        raise ValueError("Sphinx found something wrong: " + " | ".join(lines[:10]))
    shutil.rmtree(target / "_sources", ignore_errors=True)
    for left_over in (".buildinfo", "objects.inv"):
        (target / left_over).unlink(missing_ok=True)
