"""The pages of the web site: every lesson, solution and text as a source file for Sphinx, in each language.
Notebooks keep their stored outputs. A widget, which needs Jupyter, becomes a picture with sliders that needs only a
browser. Links to files that are not on the site become plain text.
Must not know networks, losses or experiments: only notebooks and Markdown.
"""
import dataclasses
import html
import pathlib
import posixpath
import re

from course_lib.lessons.site.states import LESSONS
from course_lib.lessons.translate import catalogue_path, chinese_texts, english_cells, read_catalogue, read_page

WIDGET = "application/vnd.jupyter.widget-view+json"
#: Every language: the code that Sphinx knows, its own name, and the sentences that the site adds to the pages.
LANGUAGES = {
    "en": dict(sphinx="en", name="English", start="Start", lessons="Lessons", more="More", solutions="Solutions",
               figure="Figure in the section “{}”", slider="The figure of “{}” with its first values",
               button="This button works in JupyterLab.", untranslated="",
               title="Neural style transfer"),
    "zh": dict(sphinx="zh_CN", name="中文", start="首页", lessons="课程", more="更多", solutions="参考答案",
               figure="“{}”一节的图", slider="“{}”一节的图，控件取初始值时的样子",
               button="此按钮在 JupyterLab 中可用。", untranslated="本页尚未全部翻译，未译部分为英文原文。",
               title="神经风格迁移"),
}
#: What the theme says in English only, and its Chinese.
THEME = {"zh": {">Back to top<": ">回到顶部<", "On this page": "本页目录", ">Next<": ">下一页<", ">Previous<": ">上一页<",
                '<div class="title">Home<': '<div class="title">首页<', "Made with ": "制作工具：",
                "Hide navigation sidebar": "隐藏导航", "Hide table of contents sidebar": "隐藏本页目录",
                "Toggle site navigation sidebar": "显示或隐藏导航", "Toggle table of contents sidebar": "显示或隐藏本页目录",
                "Toggle Light / Dark / Auto color theme": "切换浅色、深色或自动主题", "Skip to content": "跳到正文"}}
#: The line that marks a cell for the tests means nothing to a reader.
MARKER = r"(?m)^# NBVAL_\w+\n+"
#: Links and pictures in Markdown: `[text](target)`, but not inside code.
LINK = re.compile(r"(?P<code>```.*?```|`[^`\n]*`)|(?<!!)\[(?P<text>[^\]\n]*)\]\((?P<target>[^)\s]+)\)", re.DOTALL)


@dataclasses.dataclass
class Page:
    """One page: its place without ending, such as 'notebooks/pages/glossary', its source, and if it is translated."""
    place: str
    source: str
    ending: str
    translated: bool = True


def sections(root):
    """The places of all pages in the course's folder `root`, as a dict of section -> list; no lessons: an OSError."""
    notebooks = pathlib.Path(root) / "notebooks"
    lessons = sorted(path.stem for path in notebooks.glob("*.ipynb") if re.match(r"[\dA]\d_", path.stem))
    if not lessons:
        raise FileNotFoundError(f"{notebooks} holds no lessons; give the course's folder, as it was downloaded.")
    solutions = sorted(path.stem for path in (notebooks / "solutions").glob("*.ipynb"))
    texts = sorted(path.stem for path in (notebooks / "pages").glob("*.md") if "." not in path.stem)
    return {"lessons": [f"notebooks/{stem}" for stem in lessons],
            "solutions": [f"notebooks/solutions/{stem}" for stem in solutions],
            "more": [*(f"notebooks/pages/{stem}" for stem in texts), "notebooks/project_report",
                     "notebooks/for_teachers", "LICENSE"]}


def pages(root, language):
    """Yield every page of the site in one language, 'en' or 'zh', the index first."""
    root, parts = pathlib.Path(root), sections(root)
    places = {place for section in parts.values() for place in section}
    yield _index(root, language, parts, places)
    for place in sorted(places):
        if (root / f"{place}.ipynb").exists():
            nb, translated = _notebook(root, place, language)
            yield Page(place, notebook_page(nb, place, language, places), ".ipynb", translated)
        else:
            text, translated = _text(root, place, language)
            yield Page(place, site_links(text, place, places), ".md", translated)


def _index(root, language, parts, places):
    """The README, and the lists of pages from which Sphinx makes the navigation."""
    words = LANGUAGES[language]
    text, translated = _text(root, "README", language)
    text = re.sub(r"(?m)^.*\]\(README(?:\.zh)?\.md\).*\n", "", text)  # its own switch: every page has one
    trees = [f"```{{toctree}}\n:hidden:\n:caption: {words[section]}\n\n" + "\n".join(listed) + "\n```\n"
             for section, listed in parts.items()]
    return Page("index", "\n".join([site_links(text, "README", places), *trees]), ".md", translated)


def _text(root, place, language):
    """A text in Markdown, and True if it is in this language; the licence as it is."""
    if place == "LICENSE":
        return "# {}\n\n```text\n{}\n```\n".format({"zh": "许可"}.get(language, "Licence"),
                                                   (root / place).read_text("utf-8")), True
    own = root / f"{place}.{language}.md"
    path = own if own.exists() else root / f"{place}.md"
    return path.read_text("utf-8"), language == "en" or own.exists()


def _notebook(root, place, language):
    """A notebook with its stored outputs, and True if all its text is in this language."""
    nb, page = read_page(root / f"{place}.ipynb"), pathlib.PurePath(place).relative_to("notebooks")
    if language == "en":
        return nb, True
    catalogue = read_catalogue(catalogue_path(page.with_suffix(".ipynb"), root / "notebooks"))
    chinese, cells = chinese_texts(nb, catalogue), english_cells(nb)
    for cell in nb.cells:
        cell.source = chinese.get(cell.id, cell.source)
    return nb, len(chinese) == len(cells)


def notebook_page(nb, place, language, places):
    """A notebook, which is changed, as the text of the .ipynb file that the site shows; `places` of all pages."""
    import nbformat
    nb.metadata.pop("widgets", None)
    heading, first = "", True
    for cell in nb.cells:
        if cell.cell_type == "markdown":
            lower = cell.source if first or "```" in cell.source else re.sub(r"(?m)^# ", "## ", cell.source)
            cell.source = site_links(lower, place, places)  # one title for each page, in the navigation
            heading, first = (re.findall(r"^#+ (.+)$", cell.source, re.MULTILINE) or [heading])[-1], False
        elif cell.cell_type == "code":
            plain, cell.source = re.sub(r"[`$*]", "", heading), re.sub(MARKER, "", cell.source)
            cell.metadata["mystnb"] = {"image": {"alt": LANGUAGES[language]["figure"].format(plain)}}
            for output in cell.outputs:
                if "data" in output:
                    output.data = _shown(output.data, cell.source, place, language, plain)
    return nbformat.writes(nb)


def _shown(data, source, place, language, heading):
    """The data of one output, without anything that needs Jupyter, or a file that is not there."""
    words, name = LANGUAGES[language], place.rpartition("/")[2]
    if "text/html" in data:
        return {"text/html": re.sub(r'<img src="(?!data:)[^"]*" alt="([^"]*)">', r"<em>\1</em>", data["text/html"])}
    if WIDGET not in data:
        return data
    if name in LESSONS and f"{LESSONS[name][0]}(" in source:
        up = "../" * (place.count("/") + 1)
        return {"text/html": f'<div class="course-slider" data-states="{up}states/{name}/">'
                             f'<img src="data:image/jpeg;base64,{data["image/jpeg"].strip()}" '
                             f'alt="{html.escape(words["slider"].format(heading))}"></div>\n'
                             f'<script defer src="{up}states/sliders.js"></script>'}
    label = html.escape(data["text/plain"].partition(": ")[2])
    return {"text/html": f'<button disabled>{label}</button> <em>{words["button"]}</em>'}


def site_links(text, place, places):
    """Markdown at a place, whose links lead to pages of the site; of other links, text and file name stay.

    >>> site_links("[a](b.md) [c](d.py)", "notebooks/g", {"notebooks/b"})    # '[a](b.md) c (`notebooks/d.py`)'
    """
    def changed(found):
        if found["code"] or re.match(r"[a-z]+:|#", found["target"]):
            return found[0]
        target, mark, heading = found["target"].partition("#")
        path = posixpath.normpath(posixpath.join(posixpath.dirname(place), target))
        # a Chinese page has the place of the English one
        path = re.sub(r"^notebooks/zh/", "notebooks/", re.sub(r"\.zh\.md$", ".md", path))
        path = {"LICENSE": "LICENSE.md", "README.md": "index.md"}.get(path, path)
        if re.sub(r"\.(?:md|ipynb)$", "", path) in places | {"index"}:
            return f"[{found['text']}]({posixpath.relpath(path, posixpath.dirname(place) or '.')}{mark}{heading})"
        return f"{found['text']} (`{path}`)"
    return LINK.sub(changed, text)
