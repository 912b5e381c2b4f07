"""The figures that are shown: what each is called, in which group it stands, and which way is better."""

from __future__ import annotations

from typing import NamedTuple


class Figure(NamedTuple):
    """A row of the table."""

    name: str
    label: str
    places: int = 3
    """Decimals shown."""
    floor: str = ""
    """The figure that is its floor: what it would be by chance."""


GROUPS: dict[str, tuple[Figure, ...]] = {
    "melody": (Figure("seed_kept", "seed kept note for note in lock"),),
    "harmony": (
        Figure("chord_tones", "chord tones, half bar, density matched", floor="chord_tones_floor"),
        Figure("chord_tones_floor_unmatched", "… against another tune, not transposed"),
        Figure("chord_tones_all", "… all that sounds counted"),
        Figure("sounding_set", "pitch classes that sound in a half bar", 2),
        Figure("triads", "triad heard = the teacher's chord", floor="triads_floor"),
        Figure("chords_chosen", "triad of the chord track = the teacher's chord"),
        Figure("repeated_bars", "same chords under a repeated bar", floor="other_bars"),
        Figure("repeated_heard", "… as heard in the notes", floor="other_heard"),
        Figure("repeated_onsets", "same onsets (IoU) under a repeated bar", floor="other_onsets"),
        Figure("entropy_bits", "entropy of pitch classes, bits", 2),
    ),
    "groove": (
        Figure("grid_drums", "drum onsets on the family's positions", floor="grid_drums_floor"),
        Figure("grid_bass", "bass onsets on the family's positions", floor="grid_bass_floor"),
        Figure("grid_chords", "chord onsets on the family's positions", floor="grid_chords_floor"),
        Figure("drums_per_bar", "drum onsets a bar", 1),
        Figure("bass_per_bar", "bass onsets a bar", 1),
        Figure("harmony_per_bar", "chord and pad onsets a bar", 1),
    ),
    "voice leading": (
        Figure("motion_semitones", "mean motion of a voice, semitones", 2),
        Figure("parallel_fifths", "parallel fifths a change of chord"),
        Figure("parallel_octaves", "parallel octaves a change of chord"),
    ),
    "control": (
        Figure("family_named", "family heard, asked by its name"),
        Figure("text_style", "family heard, named in a sentence"),
        Figure("text_style_en", "… in English"),
        Figure("text_style_zh", "… in Chinese"),
        Figure("text_style_meant", "family heard, only described"),
        Figure("chords_given", "triad = the chord given"),
        Figure("bass_given", "given bass in the harmony", floor="bass_given_floor"),
        Figure("bass_under_given_chords", "bass on the root of given chords"),
        Figure("bass_kept", "given bass kept note for note"),
        Figure("chords_kept", "given chords kept note for note"),
        Figure("drums_kept", "given drums kept note for note"),
    ),
    "diversity over seeds": (
        Figure("diversity_drums", "drums over seeds, 1 − IoU"),
        Figure("diversity_bass", "bass over seeds, 1 − IoU"),
        Figure("diversity_harmony", "harmony over seeds, 1 − IoU"),
    ),
    "develop": (
        Figure("develop_in_key", "continuation in the key"),
        Figure("develop_motifs", "motifs shared with the seed", floor="develop_shuffled"),
        Figure("develop_other_tune", "… by another tune's continuation"),
        Figure("develop_copied_bars", "bars that copy one of the seed's"),
    ),
    "expression": (
        Figure("velocity_sd", "velocity, standard deviation", 1),
        Figure("timing_sd", "timing off the grid, % of a pulse", 2),
        Figure("density_cv", "density from bar to bar, variation", 2),
    ),
    "length": tuple(
        Figure(f"{name}_{bars}", f"{label}, {bars} bars", floor=f"no_return_{bars}" if name == "return" else "")
        for name, label in (
            ("chord_tones", "chord tones"),
            ("triads", "triads"),
            ("groove_kept", "drums like those of the bar before"),
            ("density_drift", "density drift, octaves"),
            ("return", "accompaniment of a returning section, IoU"),
        )
        for bars in (16, 32, 64, 128)
        if name != "return" or bars > 16
    ),
    "speed": (
        Figure("seconds_16", "seconds for 16 bars"),
        Figure("seconds_128", "seconds for 128 bars"),
        Figure("milliseconds_a_bar", "milliseconds a bar more", 2),
        Figure("bar_cost_growth", "a bar at 128 bars / at 16", 2),
        Figure("seconds_first", "seconds for the first 16, loading included", 2),
        Figure("peak_megabytes", "peak memory, MB", 0),
    ),
}
"""Group → its rows."""
FIGURES = {figure.name: figure for group in GROUPS.values() for figure in group}
"""Name → row."""
