"""How well the labelled prompts are understood: what is written in them, and what is meant by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from bridge.composers.rules.moods import mood_of
from bridge.seeds.prompt_meaning import understand_fully
from bridge.style import Style

LABELS = Path(__file__).parent.parent / "tests" / "seeds" / "prompts.yaml"
SCALARS = ("bpm", "key", "meter", "bars", "seconds", "section", "solo")
MEANT = ("genres", "moods", "instruments")
PARTS = ("tuned", "held_out", "scenes_held_out", "scenes_fresh", "musicians_fresh", "musicians_fresh_2")
ALIKE = "moods, any that composers treat alike"
LISTS = ("instruments", "genres", "moods", "exclude", "production", "dynamics")


@dataclass
class Count:
    """Prompts that were understood as labelled, of those where something is labelled or understood."""

    right: int = 0
    of: int = 0
    wrong: tuple[str, ...] = ()

    def note(self, text: str, *, is_right: bool) -> None:
        """Count one prompt."""
        self.right, self.of = self.right + is_right, self.of + 1
        self.wrong = self.wrong if is_right else (*self.wrong, text)

    @property
    def share(self) -> float:
        """0…1; 1 where nothing was counted."""
        return self.right / self.of if self.of else 1.0


def labelled_prompts(half: str) -> list[dict[str, Any]]:
    """Return the prompts of one of the `PARTS` with their labels."""
    prompts: list[dict[str, Any]] = yaml.safe_load(LABELS.read_text(encoding="utf-8"))[half]
    return prompts


def written(prompts: list[dict[str, Any]], read: Callable[[str], Style] = understand_fully) -> dict[str, Count]:
    """Return for each field how often what the words say came out, all of it and nothing else; guesses do not count."""
    counts = {field: Count() for field in (*SCALARS, *LISTS)}
    for prompt in prompts:
        style = read(prompt["text"])
        for field, want, got in _written_fields(prompt, style):
            if want or got:
                counts[field].note(f"{prompt['text']} → {got} instead of {want}", is_right=want == got)
    return counts


def _written_fields(prompt: dict[str, Any], style: Style) -> Iterator[tuple[str, Any, Any]]:
    for field in SCALARS:
        got = getattr(style, field)
        yield field, prompt.get(field) or None, (str(got).lower() if field in {"key", "meter"} and got else got or None)
    for field in (field for field in LISTS if field not in prompt.get("meant", {})):
        yield field, set(prompt.get(field, ())), set(getattr(style, field)) - set(style.guessed)


def meant(prompts: list[dict[str, Any]], read: Callable[[str], Style] = understand_fully) -> dict[str, Count]:
    """Return how often the first name of a field (or any) is among what a colleague would take from the prompt.

    ", if any" counts only the prompts for which some name is said or guessed; `ALIKE` those whose first mood is right, or does
    the same to what is composed as a right one.
    """
    counts = {f"{field}{kind}": Count() for field in MEANT for kind in ("", ", any", ", if any")} | {ALIKE: Count()}
    for prompt in prompts:
        style = read(prompt["text"])
        for field, acceptable in prompt.get("meant", {}).items():
            got = getattr(style, field)
            is_right = bool(set(got[:1]) & set(acceptable))
            counts[field].note(f"{prompt['text']} → {got}", is_right=is_right)
            if got:
                counts[f"{field}, if any"].note(f"{prompt['text']} → {got}", is_right=is_right)
            counts[f"{field}, any"].note(prompt["text"], is_right=bool(set(got) & set(acceptable)))
            if field == "moods":
                is_alike = bool(got) and mood_of(got[:1]) in {mood_of([mood]) for mood in acceptable}
                counts[ALIKE].note(f"{prompt['text']} → {got}", is_right=is_right or is_alike)
    return counts


def unasked(prompts: list[dict[str, Any]], read: Callable[[str], Style] = understand_fully) -> Count:
    """Return how many prompts without any label for what is meant were left without a guess."""
    count = Count()
    for prompt in (prompt for prompt in prompts if "meant" not in prompt):
        guessed = read(prompt["text"]).guessed
        count.note(f"{prompt['text']} → {guessed}", is_right=not guessed)
    return count


def total(counts: dict[str, Count]) -> Count:
    """Return the sum over the fields, each prompt's answer to a field counted once."""
    fields = [count for field, count in counts.items() if " any" not in field]
    return Count(sum(count.right for count in fields), sum(count.of for count in fields))


def main() -> None:
    """Print the tables."""
    print("\n## prompts")
    for half in PARTS:
        prompts = labelled_prompts(half)
        print(f"\n{half}: {len(prompts)} prompts\n\n| kind | field | right | of | share |\n|---|---|---:|---:|---:|")
        for kind, counts in (("written", written(prompts)), ("meant", meant(prompts))):
            for field, count in {**counts, "all": total(counts)}.items():
                print(f"| {kind} | {field} | {count.right} | {count.of} | {count.share:.1%} |")
        left_alone = unasked(prompts)
        print(f"| no guess where none is due | | {left_alone.right} | {left_alone.of} | {left_alone.share:.1%} |")
