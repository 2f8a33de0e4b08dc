"""The language of the messages: English, or Chinese if COURSE_LANGUAGE is zh or the system's language is Chinese.
Used in all lessons: the verdicts of the checks, progress bars, errors, buttons, the command line.
Must not know the rest of the library, which is written in English: data/zh.po has the Chinese for each text.
"""
import functools
import locale
import os
import pathlib
import re
import sys

CATALOGUE = pathlib.Path(__file__).with_name("data") / "zh.po"
PLACE = re.compile(r"(?:(?<!\{)|(?<=\{\{))\{\d+\}(?!\})")
NAMED = re.compile(r"(\S.*?) ((?:is|does|cannot|needs) .+)")  # 'me.png is not a picture': its end is in the catalogue
SPECIAL = 15                                  # letters in a row by which a pattern is surely meant
LABEL = "label"                               # the context of single words in the catalogue
SYSTEM = ("LC_ALL", "LC_MESSAGES", "LANG")    # the first one that is set tells the language of the system


def chinese():
    """True if messages shall be Chinese. Used in all lessons."""
    wanted = os.environ.get("COURSE_LANGUAGE", "").strip()
    wanted = wanted or next(filter(None, map(os.environ.get, SYSTEM)), None) or locale.getlocale()[0] or ""
    return wanted.lower().startswith(("zh", "chinese"))  # Windows calls it "Chinese (Simplified)_China"


def translated(text):
    """A message of the library in the reader's language; as it is, if it is not in the catalogue.

    Used in all lessons.
    """
    return _chinese(text) or text if isinstance(text, str) and text and chinese() else text


def label(text):
    """A short text that stands alone, such as the title of a progress bar, in the reader's language.

    Single words are translated here only: in a sentence, 'steps' is the name of an argument. Used in lesson 07.
    """
    return _catalogue()[2].get(text) or translated(text) if chinese() else text


def say(text, **how):
    """Print a message in the reader's language; a console that cannot show a character gets a question mark for it.

    Used in lesson 00, from the command line, and in lessons 07 and 09, when a run is stopped.
    """
    text = translated(text)
    try:
        print(text, **how)
    except UnicodeEncodeError:
        encoding = (how.get("file") or sys.stdout).encoding
        print(text.encode(encoding, "replace").decode(encoding), **how)


def explain_errors():
    """In a notebook: put the Chinese sentence under each English error of the library. Used in all lessons."""
    from IPython import get_ipython
    if (shell := get_ipython()) and chinese():
        shell.set_custom_exc((Exception,), _explained)


def _explained(shell, kind, error, trace, tb_offset=None):
    """What IPython calls for an error: it is shown as ever, with a note."""
    english = str(error)
    if (note := translated(english)) != english and note not in getattr(error, "__notes__", ()):
        error.add_note(note)
    shell.showtraceback((kind, error, trace), tb_offset=tb_offset)


# ------------------------------------------------------------------------------------------------ the catalogue


@functools.cache
def _catalogue():
    """{text: Chinese} of the texts in which nothing is filled in; the others; {label: Chinese}.

    The others are (a part, pattern, Chinese) tuples, first those with most letters of their own: the most special.
    """
    import polib
    whole, patterns, labels = {}, [], {}
    for entry in polib.pofile(str(CATALOGUE), encoding="utf-8"):
        if entry.translated():
            pieces = [_plain(piece) for piece in PLACE.split(entry.msgid)]
            if entry.msgctxt == LABEL:
                labels[entry.msgid] = entry.msgstr
            elif len(pieces) == 1:
                whole[pieces[0]] = _plain(entry.msgstr)
            else:
                patterns.append((pieces, entry.msgstr))
    patterns.sort(key=lambda pair: -sum(map(len, pair[0])))
    compiled = [(max(pieces, key=len), re.compile("(.*?)".join(map(re.escape, pieces)), re.DOTALL), chinese)
                for pieces, chinese in patterns]
    return whole, compiled, labels


def _plain(text):
    return text.replace("{{", "{").replace("}}", "}")


@functools.lru_cache(2000)
def _chinese(text):
    """The Chinese for an English text, or None: as a whole, line by line, after 'where: ', sentence by sentence."""
    whole, patterns, _ = _catalogue()
    bare = text.removesuffix(".")  # some errors get their full stop where they are raised
    if text in whole or bare in whole:
        return whole.get(text) or whole[bare] + "。"
    if "\n" in text:
        return _filled(text, bare, [each for each in patterns if "\n" in each[0]]) or _lines(text)
    where, colon, rest = text.rpartition(": ")
    special = [each for each in patterns if len(each[0]) >= SPECIAL]
    return (_filled(text, bare, special)
            or (f"{_chinese(where) or where}：{whole[rest]}" if colon and rest in whole else None)
            or _filled(text, bare, patterns) or _after_colon(text) or _after_name(text) or _sentences(text))


def _filled(text, bare, patterns):
    """The first pattern that fits, filled in Chinese; a word that begins the text is the name of an argument."""
    for part, pattern, chinese in patterns:
        if part in text and (found := pattern.fullmatch(text) or pattern.fullmatch(bare)):
            kept = [found.start(number) == 0 and " " not in piece for number, piece in enumerate(found.groups(), 1)]
            filled = chinese.format(*(piece if keep else _chinese(piece) or piece
                                      for keep, piece in zip(kept, found.groups())))
            return filled + "。" * (found.end() < len(text))
    return None


def _lines(text):
    """Every line that is known in Chinese, the others as they are; None if none is known."""
    lines = [(line, _chinese(line.strip()) if line.strip() else None) for line in text.split("\n")]
    return "\n".join(line[:len(line) - len(line.lstrip())] + new if new else line for line, new in lines) \
        if any(new for _, new in lines) else None


def _after_colon(text):
    """'first number: this is the sum.': both parts on their own."""
    where, colon, rest = text.partition(": ")
    name, chinese = _catalogue()[2].get(where), _chinese(rest) if colon else None
    return f"{name or _chinese(where) or where}：{chinese or rest}" if chinese or name and colon else None


def _after_name(text):
    """'me.png is not a picture': a name that stays as it is, and the rest of the sentence."""
    found = NAMED.fullmatch(text)
    whole, _, _ = _catalogue()
    return f"{found[1]} {whole[found[2]]}" if found and found[2] in whole else None


def _sentences(text):
    """Sentences, or parts between semicolons, if all of them are known."""
    for stop in re.finditer(r"([.?!;]) (?=\S)", text):
        half = stop[1] == ";"
        first, rest = _chinese(text[:stop.end(1) - half]), _chinese(text[stop.end():])
        if first and rest:
            return first + "；" * half + rest
    return None
