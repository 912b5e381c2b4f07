import io
import itertools
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import mir_eval
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from bridge.brief import Brief, FormSection
from bridge.engines.sampler import SamplerEngine
from bridge.errors import ClipError
from bridge.music.midi import write_smf
from bridge.music.notes import Note, Part
from bridge.music.score import Score, Section, Seed
from bridge.music.tempo import Meter, TempoMap
from bridge.seeds.clip import read_clip
from bridge.seeds.hum_audio import audio_kind, read_recording
from bridge.seeds.hum_note import HeardNote
from bridge.seeds.hum_overtones import without_overtones
from bridge.seeds.hum_polyphony import transcribe
from bridge.style import Style
from tests.peers import require_peer
from tests.seeds.made_up_hums import CLEAN, LEGATO, NOISY, NOISY_LEGATO, SAMPLE_RATE_HZ, Hum, Manner, made_up_hum
from tests.seeds.made_up_sounds import made_up_drums, made_up_speech, mains
from tests.seeds.played_recordings import SOUND_FONTS, played_melody

Truth = list[tuple[float, float, int]]
"""(onset in seconds, end in seconds, MIDI pitch)."""
RUN = int(os.environ.get("HUM_SEED", time.time_ns() % 100_000))
"""Every run sings other melodies; HUM_SEED sings the same ones again."""


def wav(samples: NDArray[np.floating], rate_hz: int = SAMPLE_RATE_HZ, **how: str) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, **{"format": "WAV"} | how)
    return file.getvalue()


def note_f1(truth: Truth, found: Truth) -> float:
    """Return the F measure of mir_eval: onsets within 50 ms, pitches within 50 cents, ends as they may be."""
    spans = [np.array([(start, max(end, start + 0.01)) for start, end, _ in notes]) for notes in (truth, found)]
    pitches = [440.0 * 2.0 ** ((np.array([pitch for *_, pitch in notes]) - 69) / 12) for notes in (truth, found)]
    scores = mir_eval.transcription.precision_recall_f1_overlap(
        spans[0], pitches[0], spans[1], pitches[1], onset_tolerance=0.05, pitch_tolerance=50.0, offset_ratio=None
    )
    return float(scores[2])


def heard_notes(seed: Seed) -> Truth:
    return [(start, start + 0.1, note.pitch) for start, note in zip(seed.start_seconds, seed.notes, strict=True)]


def played(program: int, *voices: list[Note], bpm: float = 100.0, name: str = "lead") -> tuple[bytes, Truth]:
    """Return voices played by our own sampler as a WAV, and their notes."""
    section = Section(bars=4, meter=Meter(), tempo=TempoMap.constant(bpm))
    parts = tuple(Part(name, tuple(voice), program) for voice in voices)
    stems = SamplerEngine().perform(
        Score(section, parts), Brief(section, (FormSection("verse", 1, 4),), Style()), lambda *_: None
    )
    notes = sorted(note for voice in voices for note in voice)
    truth = [(note.start_beat * 60 / bpm, note.end_beat * 60 / bpm, note.pitch) for note in notes]
    return wav(np.sum([stem.samples for stem in stems.stems], axis=0) / 2, stems.sample_rate_hz), truth


TUNE = [
    Note(float(beat), 0.9, pitch) for beat, pitch in enumerate((72, 74, 76, 77, 79, 77, 76, 74, 72, 76, 79, 84, 83, 79, 74, 72))
]
BASS = [Note(2.0 * beat, 1.9, pitch) for beat, pitch in enumerate((48, 53, 55, 48, 45, 50, 55, 48))]


@pytest.mark.parametrize(
    ("manner", "at_least"),
    [
        pytest.param(CLEAN, 0.95, id="clean"),
        pytest.param(NOISY, 0.85, id="noisy"),
        pytest.param(LEGATO, 0.85, id="legato"),
        pytest.param(NOISY_LEGATO, 0.85, id="noisy legato"),
    ],
)
def test_the_notes_of_made_up_hums_are_found(manner: Manner, at_least: float) -> None:
    singers = [("bass", False), ("alto", True), ("soprano", False), ("whistle", False)]
    scores = {}
    for random_seed, (singer, is_hummed) in enumerate(6 * singers, RUN):
        hum = made_up_hum(random_seed, replace(manner, singer=singer, is_hummed=is_hummed), bars=2)
        scores[random_seed, singer] = note_f1(hum.notes, heard_notes(read_clip(wav(hum.samples))))
    assert np.mean(list(scores.values())) >= at_least, scores


def test_a_singer_who_is_almost_half_a_semitone_flat_is_one_voice() -> None:
    hum = made_up_hum(73333, replace(CLEAN, singer="soprano"), bars=2)
    seed = read_clip(wav(hum.samples))
    assert not any("several voices" in warning for warning in seed.warnings)
    assert note_f1(hum.notes, heard_notes(seed)) >= 0.95


@pytest.fixture(scope="module")
def hum() -> Hum:
    return made_up_hum(3, replace(CLEAN, timing_seconds=0.004), bars=2)


def relative_beats(seed: Seed) -> list[float]:
    return [note.start_beat - seed.notes[0].start_beat for note in seed.notes]


def test_a_hum_lies_on_the_beats_of_the_song(hum: Hum) -> None:
    seed = read_clip(wav(hum.samples), bpm=hum.bpm)
    assert relative_beats(seed) == [start - hum.beats[0][0] for start, _ in hum.beats]
    assert [note.pitch for note in seed.notes] == [pitch for *_, pitch in hum.notes]
    assert seed.length_beats % 4 == 0
    assert seed.length_beats >= max(note.end_beat for note in seed.notes)
    assert seed.tempo is None
    assert 0.5 < seed.confidence < 1.0


def test_a_tempo_that_nobody_named_is_heard() -> None:
    hum = made_up_hum(1, bars=4)
    seed = read_clip(wav(hum.samples))
    assert seed.tempo is not None
    assert seed.tempo.bpm_at(0.0) == pytest.approx(hum.bpm, rel=0.01)
    assert relative_beats(seed) == [start - hum.beats[0][0] for start, _ in hum.beats]
    assert "confidence" in " ".join(seed.warnings)


def test_most_tempi_that_nobody_named_are_heard_neither_at_half_nor_at_double() -> None:
    hums = [made_up_hum(random_seed) for random_seed in range(RUN, RUN + 16)]
    heard = [(hum.bpm, read_clip(wav(hum.samples)).tempo) for hum in hums]
    right = [bpm for bpm, tempo in heard if tempo is not None and abs(tempo.bpm_at(0.0) / bpm - 1.0) <= 0.04]
    assert len(right) >= 11, heard


def test_what_was_sung_to_a_click_keeps_its_place_after_a_silence(hum: Hum) -> None:
    lead_in = np.zeros(round((5 * 60 / hum.bpm - hum.notes[0][0]) * SAMPLE_RATE_HZ) + 400, np.float32)
    cut = max(0, -len(lead_in))
    seed = read_clip(wav(np.concatenate((lead_in, hum.samples[cut:]))), bpm=hum.bpm)
    assert seed.notes[0].start_beat == 5.0
    assert seed.start_seconds[0] == pytest.approx(5 * 60 / hum.bpm, abs=0.06)


def test_a_hum_at_another_tempo_than_the_song_keeps_its_own_beat() -> None:
    hum = made_up_hum(1, replace(CLEAN, timing_seconds=0.004))
    seed = read_clip(wav(hum.samples), bpm=hum.bpm * 1.37)
    assert relative_beats(seed) == [start - hum.beats[0][0] for start, _ in hum.beats]
    assert any("its own beat" in warning for warning in seed.warnings)


@pytest.mark.parametrize(
    ("rate_hz", "channels", "how"),
    [
        (44_100, 2, {"format": "WAV", "subtype": "PCM_24"}),
        (48_000, 6, {"format": "WAV", "subtype": "FLOAT"}),
        (8_000, 1, {"format": "WAV", "subtype": "ULAW"}),
        (96_000, 1, {"format": "FLAC"}),
        (48_000, 2, {"format": "OGG", "subtype": "VORBIS"}),
        (48_000, 1, {"format": "OGG", "subtype": "OPUS"}),
        (44_100, 2, {"format": "MP3"}),
        (32_000, 1, {"format": "AIFF"}),
        (192_000, 8, {"format": "WAV", "subtype": "PCM_16"}),
    ],
)
def test_every_format_rate_and_number_of_channels_gives_the_same_notes(
    hum: Hum, rate_hz: int, channels: int, how: dict[str, str]
) -> None:
    import soxr

    samples = np.tile(soxr.resample(hum.samples, SAMPLE_RATE_HZ, rate_hz)[:, None], (1, channels))
    data = wav(samples * 0.8, rate_hz, **how)
    assert audio_kind(data) is not None
    assert note_f1(hum.notes, heard_notes(read_clip(data, bpm=hum.bpm))) >= 0.9


def test_m4a_is_read_by_ffmpeg_and_said_to_need_it(hum: Hum, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    require_peer("ffmpeg")
    (tmp_path / "a.wav").write_bytes(wav(hum.samples, SAMPLE_RATE_HZ))
    subprocess.run(["ffmpeg", "-v", "error", "-i", "a.wav", "a.m4a"], cwd=tmp_path, check=True)
    data = (tmp_path / "a.m4a").read_bytes()
    assert note_f1(hum.notes, heard_notes(read_clip(data, bpm=hum.bpm))) >= 0.9
    with pytest.raises(ClipError, match="damaged") as damaged:
        read_clip(data[: len(data) // 3])
    assert damaged.value.code == "bad_clip"
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ClipError, match="needs ffmpeg, which is not installed"):
        read_recording(data)


def test_what_a_browser_records_is_read(hum: Hum, tmp_path: Path) -> None:
    require_peer("ffmpeg")
    (tmp_path / "a.wav").write_bytes(wav(hum.samples, SAMPLE_RATE_HZ))
    subprocess.run(["ffmpeg", "-v", "error", "-i", "a.wav", "-c:a", "libopus", "a.webm"], cwd=tmp_path, check=True)
    assert note_f1(hum.notes, heard_notes(read_clip((tmp_path / "a.webm").read_bytes(), bpm=hum.bpm))) >= 0.9


def test_channels_that_cancel_are_heard(hum: Hum) -> None:
    data = wav(np.column_stack((hum.samples, -hum.samples)))
    assert note_f1(hum.notes, heard_notes(read_clip(data, bpm=hum.bpm))) >= 0.9


def test_a_midi_clip_is_read_as_midi_whatever_the_song_is() -> None:
    section = Section(bars=4, tempo=TempoMap.constant(90.0))
    seed = read_clip(write_smf(Score(section, (Part("lead", tuple(TUNE)),))), bpm=140.0)
    assert [note.pitch for note in seed.notes] == [note.pitch for note in TUNE]
    assert seed.tempo is not None
    assert seed.tempo.bpm_at(0.0) == pytest.approx(90.0)


def test_all_notes_of_two_voices_are_found_and_the_upper_one_is_the_melody() -> None:
    data, truth = played(0, TUNE, BASS)
    found = [(note.start_seconds, note.end_seconds, round(note.pitch)) for note in transcribe(read_recording(data).samples)]
    assert note_f1(truth, found) >= 0.75
    seed = read_clip(data, bpm=100.0)
    tune = [(note.start_beat * 0.6, note.end_beat * 0.6, note.pitch) for note in TUNE]
    assert note_f1(tune, heard_notes(seed)) >= 0.8
    assert any("taken as the tune" in warning for warning in seed.warnings)


def test_chords_are_told_without_following_a_pitch(monkeypatch: pytest.MonkeyPatch) -> None:
    data, _ = played(0, TUNE, *([replace(note, pitch=note.pitch + above) for note in BASS] for above in (0, 4, 7)))
    monkeypatch.setattr("bridge.seeds.hum_hearing.track_voice", None)
    assert any("several voices" in warning for warning in read_clip(data, bpm=101.0).warnings)


def test_overtones_of_the_tune_are_not_the_tune() -> None:
    sung = [HeardNote(0.5 * beat, 0.5 * beat + 0.4, note.pitch, confidence=0.7) for beat, note in enumerate(TUNE)]
    chord = [HeardNote(0.0, 8.0, pitch, confidence=0.6) for pitch in (48, 52, 55)]
    above = [replace(note, pitch=note.pitch + 12 * (1 + index % 2), confidence=0.4) for index, note in enumerate(sung)]
    assert without_overtones(sorted([*sung, *chord, *above])) == sorted([*sung, *chord])


def test_a_soft_tune_on_an_overtone_of_its_chords_stays_the_tune() -> None:
    sung = [HeardNote(0.5 * beat, 0.5 * beat + 0.4, note.pitch, confidence=0.35) for beat, note in enumerate(TUNE)]
    chords = [HeardNote(note.start_seconds, note.end_seconds, note.pitch - 24, confidence=0.7) for note in sung[::4]]
    assert without_overtones(sorted([*sung, *chords])) == sorted([*sung, *chords])


def test_how_many_voices_sound_can_be_said(hum: Hum) -> None:
    one, several = (read_clip(wav(hum.samples), bpm=hum.bpm, voices=voices) for voices in ("one", "several"))
    assert not one.warnings
    assert any("taken as the tune" in warning for warning in several.warnings)
    data, _ = played(0, TUNE, BASS)
    assert not read_clip(data, bpm=100.0, voices="one").warnings


def test_a_guitar_and_a_piano_alone_are_heard_note_by_note() -> None:
    for program, lower in ((0, 0), (24, 12)):
        data, truth = played(program, [replace(note, pitch=note.pitch - lower) for note in TUNE])
        assert note_f1(truth, heard_notes(read_clip(data, bpm=100.0))) >= 0.8, program


def silence() -> bytes:
    return wav(np.random.default_rng(RUN).normal(0.0, 1e-5, 44_100))


def white_noise() -> bytes:
    return wav(np.random.default_rng(RUN).normal(0.0, 0.1, 44_100 * 3))


def pink_noise() -> bytes:
    spectrum = np.fft.rfft(np.random.default_rng(RUN).normal(0.0, 1.0, 44_100 * 3))
    noise = np.fft.irfft(spectrum / np.sqrt(1.0 + np.arange(len(spectrum))))
    return wav(noise / np.abs(noise).max() * 0.5)


def drums() -> bytes:
    strokes = [Note(beat / 2, 0.2, 38 if beat % 4 == 2 else 36 if beat % 4 == 0 else 42) for beat in range(32)]
    return played(0, strokes, name="drums")[0]


@pytest.mark.parametrize(
    ("made", "heard"), [(silence, "silence"), (white_noise, "noise"), (pink_noise, "noise"), (drums, "drums")]
)
def test_where_no_melody_is_it_is_said_what_was_heard(made: Callable[[], bytes], heard: str) -> None:
    with pytest.raises(ClipError, match=f"no melody found: I heard {heard};") as error:
        read_clip(made())
    assert error.value.code == "no_notes"


def test_the_drums_of_another_kit_are_no_chords() -> None:
    require_peer("fluidsynth")
    with pytest.raises(ClipError, match="I heard drums"):
        read_clip(made_up_drums(42424, "rock", SOUND_FONTS[1]))


def is_melody(data: bytes) -> bool:
    try:
        return bool(read_clip(data).notes)
    except ClipError as error:
        return error.code != "no_notes"


def test_speech_is_no_melody() -> None:
    require_peer("espeak-ng")
    spoken = [made_up_speech(random_seed) for random_seed in range(RUN, RUN + 32)]
    taken = [what for what, data in spoken if is_melody(data)]
    assert len(taken) <= 4, taken


def test_the_hum_of_the_mains_is_no_melody() -> None:
    with pytest.raises(ClipError, match="I heard the hum of the mains"):
        read_clip(wav(mains(np.random.default_rng(RUN), 50.0, 3.0)))


def test_a_hum_over_a_soft_hum_of_the_mains_is_one_voice() -> None:
    hum = made_up_hum(881, replace(CLEAN, singer="alto"))
    buzz = mains(np.random.default_rng(3), 50.0, len(hum.samples) / SAMPLE_RATE_HZ + 0.1)[: len(hum.samples)]
    seed = read_clip(wav(hum.samples + 0.06 * np.abs(hum.samples).max() * buzz / np.abs(buzz).max()), bpm=hum.bpm)
    assert not any("several voices" in warning for warning in seed.warnings)
    assert note_f1(hum.notes, heard_notes(seed)) >= 0.95


def test_one_long_note_is_a_melody_of_one_note() -> None:
    times = np.arange(3 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    seed = read_clip(wav(0.3 * np.sin(2 * np.pi * 440.0 * times) * np.minimum(1.0, 4.0 * times)), bpm=120.0)
    assert [note.pitch for note in seed.notes] == [69]


def test_where_two_of_a_choir_beat_no_note_is_struck_again() -> None:
    times = np.arange(4 * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ
    partials = [np.sin(2 * np.pi * number * hz * times) / number**2 for number in range(1, 9) for hz in (262.0, 265.0)]
    seed = read_clip(wav(0.2 * np.sum(partials, axis=0)), bpm=60.0, voices="one")
    assert [note.pitch for note in seed.notes] == [60]


def test_clipping_and_an_offset_change_no_note(hum: Hum) -> None:
    spoilt = np.clip(3.0 * hum.samples / np.abs(hum.samples).max(), -1.0, 1.0) * 0.3 + 0.5
    assert note_f1(hum.notes, heard_notes(read_clip(wav(spoilt), bpm=hum.bpm))) >= 0.9


@pytest.mark.parametrize("instrument", ["violin", "flute", "trumpet", "shakuhachi"])
def test_bowed_and_blown_notes_are_heard_where_they_begin(instrument: str) -> None:
    played = [played_melody(RUN + index, instrument, 2, "sampler") for index in range(8)]
    scores = [note_f1(each.notes, heard_notes(read_clip(each.wav, voices="one"))) for each in played]
    assert np.mean(scores) >= 0.75, scores


def test_repeated_notes_vibrato_and_glides_are_as_many_notes_as_were_sung() -> None:
    hum = made_up_hum(11, replace(LEGATO, vibrato_cents=60.0), bars=2)
    seed = read_clip(wav(hum.samples), bpm=hum.bpm)
    repeats = sum(before[2] == after[2] for before, after in itertools.pairwise(hum.notes))
    found = sum(before.pitch == after.pitch for before, after in itertools.pairwise(seed.notes))
    assert abs(len(seed.notes) - len(hum.notes)) <= 1
    assert abs(found - repeats) <= 1
