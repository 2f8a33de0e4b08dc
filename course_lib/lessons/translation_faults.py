"""What is wrong with a translation: cells that changed, are missing or left over, and lost numbers, formulas or links.
Holds the Chinese pages of all lessons to the English ones.
Must not know networks, pictures or figures: only texts.
"""
import re

#: What must be the same in both languages. Each kind is taken out of the text before the next one is looked for.
KINDS = {"code block": re.compile(r"^( *```).*?^\1`*", re.MULTILINE | re.DOTALL),
         "formula": re.compile(r"\$\$.*?\$\$|(?<![\\$])\$[^$\n]+\$", re.DOTALL),
         "code": re.compile(r"(`+)(?!`).*?(?<!`)\1(?!`)"),
         "link": re.compile(r"(?<=\]\()[^)]+")}
UNITS = {"million": 1e6, "billion": 1e9, "thousand": 1e3, "百万": 1e6, "万": 1e4, "亿": 1e8}
NUMBER = re.compile(rf"(\d[\d,]*(?:\.\d+)?)(?:(?: |-)?({'|'.join(UNITS)}))?")
WORDS = ("zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
         "seventeen eighteen nineteen twenty").split()
SPOKEN = dict(half=[2, 50], twice=[2], double=[2], third=[3], quarter=[4, 25, 90], fourth=[4], fifth=[5], once=[1],
              first=[1], second=[2], thirty=[30], forty=[40], fifty=[50], sixty=[60], hundred=[100], thousand=[1000],
              million=[1e6]) | {word: [number] for number, word in enumerate(WORDS)}
SPOKEN_ZH = re.compile("[零一二两三四五六七八九十百千万亿半]")


def parts(text):
    """{kind: set} of what a translation keeps: code blocks, formulas, code, links and numbers."""
    found = {}
    for kind, pattern in KINDS.items():
        found[kind] = {_plain(kind, match[0]) for match in pattern.finditer(text)}
        text = pattern.sub(" ", text)
    found["number"] = {_value(*match.groups()) for match in NUMBER.finditer(text)}
    return found


def _plain(kind, text):
    """Words inside a formula may be translated, and so may a comment in a block of code."""
    if kind == "formula":
        return re.sub(r"\\(?:text|mathrm|textbf)\{[^}]*\}|[\s,，]", "", text)
    return re.sub(r" *#.*", "", text) if kind == "code block" else text


def _value(digits, unit):
    return float(digits.replace(",", "")) * UNITS.get(unit, 1)


def differences(english, chinese, elsewhere=""):
    """Sentences about what one text has and the other has not; none if the translation keeps everything.

    A translation may say more than the English text if the number or the name stands `elsewhere` in the notebook.
    """
    here, there = parts(english), parts(chinese)
    said = {number for word in re.findall(r"[a-z]+", english.lower()) for number in SPOKEN.get(word, ())}
    sentences = []
    for kind in here:
        lost, new = here[kind] - there[kind], there[kind] - here[kind]
        if kind == "number":  # a number that one language writes in words
            shifted = {value for value in new for unit, factor in UNITS.items()
                       if unit in chinese and value * factor in lost}
            lost -= {value * factor for value in shifted for factor in UNITS.values()}  # "in millions: 133 and 144"
            new -= said | shifted | {_value(*match.groups()) for match in NUMBER.finditer(elsewhere)}
            lost = {number for number in lost if number > 20 or number % 1 or not SPOKEN_ZH.search(chinese)}
        elif kind == "code":
            new = {each for each in new if each.strip("`") not in elsewhere}
        sentences += [f"the {kind} {_named(each)} is not in the translation" for each in sorted(lost)]
        sentences += [f"the {kind} {_named(each)} is only in the translation" for each in sorted(new)]
    return sentences


def _named(value):
    return f"{value:.12g}" if isinstance(value, float) else repr(value)


def cell_faults(cells, entries, elsewhere=""):
    """Sentences about a catalogue, each beginning with the cell: `cells` is {id: English}, `entries` are polib's."""
    known = {entry.msgctxt: entry for entry in entries if not entry.obsolete}
    sentences = [f"{cell}: this cell is not in the catalogue." for cell in cells if cell not in known]
    for cell, entry in known.items():
        if cell not in cells:
            sentences.append(f"{cell}: the notebook has no such cell any more.")
        elif entry.msgid != cells[cell]:
            sentences.append(f"{cell}: the English text has changed since it was translated.")
        elif "fuzzy" in entry.flags:
            sentences.append(f"{cell}: marked fuzzy; compare it with the English text, then take the mark away.")
        elif not entry.msgstr.strip():
            sentences.append(f"{cell}: not translated yet.")
        else:
            sentences += [f"{cell}: {each}." for each in differences(entry.msgid, entry.msgstr, elsewhere)]
    return sentences


def code_faults(english, chinese):
    """Sentences about code cells of a Chinese notebook that differ from the English one in code or in results."""
    here, there = ({cell.id: cell for cell in notebook.cells if cell.cell_type == "code"}
                   for notebook in (english, chinese))
    sentences = [f"{cell}: this code cell is in only one of the two notebooks." for cell in here.keys() ^ there.keys()]
    for cell in here.keys() & there.keys():
        if here[cell].source != there[cell].source:
            sentences.append(f"{cell}: the code is not that of the English notebook.")
        elif here[cell].outputs != there[cell].outputs:
            sentences.append(f"{cell}: the result is not that of the English notebook.")
    order = [[cell.id for cell in notebook.cells] for notebook in (english, chinese)]
    return sorted(sentences) or ([] if order[0] == order[1] else ["the cells are not in the same order."])
