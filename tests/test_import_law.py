"""Who may import whom: the arrows of README's "How it is built"."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
VALUES = {
    "config",
    "request",
    "brief",
    "style",
    "step",
    "job",
    "events",
    "log",
    "settle",
    "strict_json",
    "repaint",
    "transport",
    "threads",
    "networks",
}
MAKERS = {"seeds", "composers", "engines", "finish", "outbox"}
LAW = {
    "errors": set(),
    "music": {"errors"},
    **{value: {"errors", "music", *VALUES} for value in VALUES},
    **{maker: {"errors", "music", *VALUES, maker} for maker in MAKERS},
    "daws": {"errors", "music", *VALUES, "outbox", "daws"},
    "prepare": {"errors", "music", *VALUES, "seeds", "composers", "engines", "outbox"},
    "pipeline": {"errors", "music", *VALUES, *MAKERS, "prepare"},
    "jobs": {"errors", "music", *VALUES, "prepare", "pipeline", "engines", "jobs"},
    "core": {"errors", "music", *VALUES, "prepare", "engines", "jobs"},
    "frontends": {"errors", "music", *VALUES, "core", "frontends"},
    "corpus": {"errors", "music", *VALUES, "composers", "engines", "seeds", "corpus"},
    "evaluate": {"errors", "music", *VALUES, "composers", "engines", "seeds", "outbox", "corpus", "evaluate"},
    "commands": {
        "app",
        "cli",
        "errors",
        "music",
        *VALUES,
        *MAKERS,
        "evaluate",
        "corpus",
        "daws",
        "prepare",
        "pipeline",
        "core",
        "commands",
    },
    "app": {"errors", *VALUES, "core", "frontends"},
    "cli": {"errors", "config", "commands"},
}
"""Part of `bridge` → parts it may import; everybody may import the package itself, for its version."""
HEAVY = {"torch", "diffusers", "ray", "onnxruntime", "scipy", "fastapi", "uvicorn", "rich", "PIL", "soundfile"}


def imports(path: Path, *, inside_functions: bool = True) -> set[str]:
    """Return the modules that a file imports."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = ast.walk(tree) if inside_functions else iter(tree.body)
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def parts_imported(path: Path) -> set[str]:
    """Return the parts of `bridge` that a file imports."""
    known = set(LAW) | {"__main__"}
    names = {name.split(".")[1] for name in imports(path) if name.startswith("bridge.")}
    return names & known


def part_of(path: Path) -> str:
    return path.relative_to(ROOT / "bridge").parts[0].removesuffix(".py")


FILES = sorted((ROOT / "bridge").rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_imports_only_what_its_part_may(path: Path) -> None:
    part = part_of(path)
    if part in {"__init__", "__main__"}:
        return
    assert parts_imported(path) - LAW[part] - {part} == set()


def test_frontends_do_not_know_each_other() -> None:
    doors = {"osc", "rest", "inbox", "midi_port"}
    for path in sorted((ROOT / "bridge" / "frontends").glob("*.py")):
        own = path.stem.split("_")[0] if path.stem != "midi_port" else "midi_port"
        named = {name.split(".")[2] for name in imports(path) if name.startswith("bridge.frontends.")}
        others = {door for name in named for door in doors if name == door or name.startswith(f"{door}_")} - {own}
        assert others <= ({"midi_port"} if own == "osc" else set()), path


def test_the_networks_know_nothing_of_the_daemon() -> None:
    for path in (ROOT / "model").rglob("*.py"):
        assert not any(name.split(".")[0] == "bridge" for name in imports(path)), path


def test_the_doors_and_values_import_nothing_heavy_at_start() -> None:
    light = {"cli", "app", "core", "prepare", "errors", "seeds", "jobs", "commands", *VALUES}
    for path in (path for path in FILES if part_of(path) in light):
        named = {name.split(".")[0] for name in imports(path, inside_functions=False)}
        assert named & HEAVY == set(), path


def test_no_file_is_in_an_import_cycle() -> None:
    modules = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in FILES}
    graph = {name: imports(path, inside_functions=False) & set(modules) - {name} for name, path in modules.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join((*trail, name))
        if name not in done:
            for target in graph[name]:
                visit(target, (*trail, name))
            done.add(name)

    for name in graph:
        visit(name, ())
