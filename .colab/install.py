"""Install the course on Google Colab without changing what Colab has, so that no restart is needed.

The versions that are there become constraints (a file), unless they are older than requirements.txt allows; then only
what is missing or too old is added. Not tried on Colab yet.
"""
import importlib.metadata
import pathlib
import re
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# A version that pip takes in a file of constraints: not those of the system's own packages, such as 1.1build1.
PLAIN = re.compile(r"\d+(\.\d+)*((a|b|rc|\.post|\.dev)\d+)*")


def installed():
    """{name: version} of every package that is there."""
    return {each.metadata["Name"]: each.version for each in importlib.metadata.distributions() if each.metadata["Name"]}


def too_old(versions):
    """The packages that are older than requirements.txt allows."""
    lines = [line.split(">=") for line in (HERE / "requirements.txt").read_text().splitlines() if ">=" in line]
    return {name for name, least in lines if name in versions and numbers(versions[name]) < numbers(least)}


def numbers(version):
    """'3.10.0rc1' as [3, 10, 0]."""
    return [int(part) for part in re.match(r"[\d.]*\d", version)[0].split(".")]


def pip(*arguments):
    """Run pip of this Python; stop after its message if it fails."""
    if subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *map(str, arguments)]).returncode:
        sys.exit("The message above names a package that does not fit what is here; nothing of the course is installed.")


def main():
    """Add what is missing, then the course itself; say what has changed."""
    before = installed()
    old = too_old(before)
    held = {name: version for name, version in before.items() if name not in old and PLAIN.fullmatch(version)}
    with tempfile.TemporaryDirectory() as folder:
        constraints = pathlib.Path(folder) / "constraints.txt"
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in held.items()))
        pip("--requirement", HERE / "requirements.txt", "--constraint", constraints)
    pip("--no-deps", HERE.parent)  # not editable: a running kernel finds it at once
    importlib.invalidate_caches()
    now = installed()
    changed = sorted(name for name, version in before.items() if now.get(name) != version)
    print("added:", ", ".join(sorted(now.keys() - before.keys())) or "nothing")
    print(f"changed: {', '.join(changed)}; restart the session if it has used them" if changed else "nothing was changed: no restart is needed")


if __name__ == "__main__":
    main()
