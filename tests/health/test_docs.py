"""The documents cannot drift: a setting, a command, a model or a page without its words fails here."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps

from ankang.cli.main import COMMANDS

ROOT = Path(__file__).resolve().parents[2]
DOCS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("bench/*.md")])
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")


def headings(text: str) -> set[str]:
    """Return the words in code marks of the headings: a section about each of them."""
    lines = [line for line in text.splitlines() if line.startswith("#")]
    return {word for line in lines for word in re.findall(r"`([^`]+)`", line)}


def environment_names(source: str) -> Iterator[str]:
    """Yield the names that a Python source reads from the environment, whichever way it is written."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Attribute(value=value), args=[ast.Constant(value=str(name)), *_]):
                if ast.unparse(value) in {"os.environ", "environ"} or ast.unparse(node.func) == "os.getenv":
                    yield name
            case ast.Subscript(value=value, slice=ast.Constant(value=str(name)), ctx=ast.Load()):
                if ast.unparse(value) in {"os.environ", "environ"}:
                    yield name


def settings_read() -> set[str]:
    names = set()
    for path in [*(ROOT / "src").rglob("*.py"), ROOT / "tools" / "serve.py"]:
        names |= set(environment_names(path.read_text(encoding="utf-8")))
    return names - {"DJANGO_SETTINGS_MODULE"}  # which settings, not a setting


def test_environment_names_are_found() -> None:
    source = 'os.environ.get("A", 1); os.environ["B"]; os.getenv("C"); os.environ["D"] = ""; other.get("E")'
    assert set(environment_names(source)) == {"A", "B", "C"}
    assert {"DATA", "DATABASE_URL", "ANKANG_SECRET", "ANKANG_KEYS", "PORT"} <= settings_read()


def test_every_setting_has_a_section() -> None:
    assert settings_read() - headings(OPERATIONS) == set()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_a_section(command: object) -> None:
    assert f"ankang {command.name}" in headings(OPERATIONS)  # type: ignore[attr-defined]


def test_every_make_target_has_its_words() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE)) - {"help", "dependencies"}
    assert {target for target in targets if f"`make {target}`" not in OPERATIONS} == set()


def test_every_model_is_in_the_glossary() -> None:
    models = {model.__name__ for model in apps.get_models() if model.__module__.startswith("ankang.")}
    assert "Resident" in models
    assert {name for name in models if f"| {name} |" not in GLOSSARY} == set()


@pytest.mark.parametrize("path", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", path.read_text(encoding="utf-8"))
    local = [target for target in targets if "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (path.parent / target).exists()] == []


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "adr"
    index = (folder / "README.md").read_text(encoding="utf-8")
    decisions = sorted(folder.glob("0*.md"))
    assert len(decisions) >= 12
    for decision in decisions:
        assert f"({decision.name})" in index
        text = decision.read_text(encoding="utf-8")
        assert all(f"## {part}" in text for part in ("Context", "Decision", "Consequences"))
