"""Install the course on Google Colab without changing what Colab has: no package is replaced, so no restart is needed.

The versions that are there become constraints (a file), and only what is missing is added. Not tried on Colab yet.
"""
import importlib.metadata
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


def installed():
    """{name: version} of every package that is there."""
    return {each.metadata["Name"]: each.version for each in importlib.metadata.distributions() if each.metadata["Name"]}


def pip(*arguments):
    """Run pip of this Python; stop after its message if it fails."""
    if subprocess.run([sys.executable, "-m", "pip", "install", "--quiet", *map(str, arguments)]).returncode:
        sys.exit("The message above names a package that does not fit what is here; nothing of the course is installed.")


def main():
    """Add what is missing, then the course itself; say what has changed."""
    before = installed()
    with tempfile.TemporaryDirectory() as folder:
        constraints = pathlib.Path(folder) / "constraints.txt"
        constraints.write_text("".join(f"{name}=={version}\n" for name, version in before.items() if "+" not in version))
        pip("--requirement", HERE / "requirements.txt", "--constraint", constraints)
    pip("--no-deps", HERE.parent)  # not editable: a running kernel finds it at once
    importlib.invalidate_caches()
    now = installed()
    changed = sorted(name for name, version in before.items() if now.get(name) != version)
    print("added:", ", ".join(sorted(now.keys() - before.keys())) or "nothing")
    print(f"changed: {', '.join(changed)}; restart the session" if changed else "nothing was changed: no restart is needed")


if __name__ == "__main__":
    main()
