"""Sound becomes a spectrum and sound again; long recordings are coded tile by tile as if in one piece."""

import numpy as np
import pytest

from model.sound.codec import AROUND, Codec
from model.sound.layout import CHANNELS, FRAME_SAMPLES, SAMPLE_RATE_HZ
from model.sound.phase import RunningPhase, agreed
from model.sound.spectrum import (
    BANDS,
    BINS,
    FLOOR,
    HOP_SAMPLES,
    SLICES,
    STEREO,
    TONAL,
    Floats,
    Spectrum,
    analyse,
    analysis,
    magnitude,
    synthesis,
)


def tone(hz: float, frames: int = 25, left: float = 0.5, right: float = 0.5) -> Floats:
    wave = np.sin(2 * np.pi * hz * np.arange(frames * FRAME_SAMPLES) / SAMPLE_RATE_HZ)
    return np.stack((left * wave, right * wave), -1).astype(np.float32)


def noise(frames: int, seed: int = 0) -> Floats:
    return (0.1 * np.random.default_rng(seed).standard_normal((frames * FRAME_SAMPLES, 2))).astype(np.float32)


def without_a_network(tile: int) -> Codec:
    """A codec that keeps the energies of 64 bands of neighbouring bins, and looks at the frames beside each."""

    def beside(x: Floats) -> Floats:
        padded = np.pad(x, ((0, 0), (2, 2), (0, 0)))
        return np.asarray((padded[:, :-4] + padded[:, 2:-2] + padded[:, 4:]) / 3, np.float32)

    def encoder(spectrum: Spectrum) -> Floats:
        shown = spectrum.level[:, ::SLICES, 1:].reshape(1, -1, CHANNELS, (BINS - 1) // CHANNELS).mean(-1)
        return beside(shown + spectrum.frequency[:, ::SLICES])

    def decoder(latent: Floats) -> Spectrum:
        level = np.repeat(np.repeat(beside(latent), SLICES, 1), (BINS - 1) // CHANNELS, 2)
        stereo = np.concatenate((np.tanh(latent[..., :BANDS]), np.cos(latent[..., :BANDS])), -1)
        frequency = np.repeat(np.sin(latent), SLICES, 1)
        return Spectrum(np.pad(level, ((0, 0), (0, 0), (0, 1)), mode="edge"), frequency, stereo)

    return Codec(encoder, decoder, tile)


def test_a_transform_and_back_is_the_sound() -> None:
    sound = noise(8)[:, 0]
    assert np.abs(synthesis(analysis(sound)) - sound)[HOP_SAMPLES:-HOP_SAMPLES].max() < 1e-4


def test_each_frame_has_four_slices_and_a_tone_stands_in_its_bin() -> None:
    level, frequency, stereo = analyse(tone(1500.0))
    assert level.shape == (25 * SLICES, BINS)
    assert frequency.shape == (25 * SLICES, TONAL)
    assert stereo.shape == (25, STEREO)
    assert set(level[4:-4].argmax(1)) == {64}
    assert np.exp(level[50, 64]) == pytest.approx(0.5 * 512, rel=1e-3)


def test_silence_is_the_floor_and_stays_silent() -> None:
    level, frequency, stereo = analyse(np.zeros((FRAME_SAMPLES, 2), np.float32))
    assert np.all(level == np.float32(np.log(FLOOR)))
    assert not frequency.any()
    assert not stereo[:, :BANDS].any()
    assert not magnitude(level).any()


def test_direction_and_correlation_are_told_apart() -> None:
    left = analyse(tone(440.0, left=0.5, right=0.05)).stereo
    band = int(np.abs(left[10, :BANDS]).argmax())
    assert left[10, band] == pytest.approx(np.log(10.0), abs=0.05)
    assert left[10, BANDS + band] == pytest.approx(1.0, abs=0.01)
    wide = analyse(noise(25)).stereo
    assert abs(float(wide[:, BANDS + 20 :].mean())) < 0.1


def test_a_tone_keeps_its_pitch_level_and_side_through_phases_of_our_own() -> None:
    sound = tone(443.0, 50, left=0.5, right=0.25)
    told = Spectrum(*(field[None] for field in analyse(sound)))
    codec = Codec(lambda _: np.zeros((1, 50, CHANNELS), np.float32), lambda _: told)
    found = codec.decode(codec.encode(sound))
    middle = slice(10 * FRAME_SAMPLES, 40 * FRAME_SAMPLES)
    assert found.shape == sound.shape
    assert np.abs(found[middle]).max(0) == pytest.approx([0.5, 0.25], rel=0.05)
    spectrum = np.abs(np.fft.rfft(found[middle, 0] * np.hanning(30 * FRAME_SAMPLES)))
    assert spectrum.argmax() * SAMPLE_RATE_HZ / (30 * FRAME_SAMPLES) == pytest.approx(443.0, abs=1.0)


def test_the_frequency_of_a_low_tone_is_told_within_a_hundredth_of_a_bin() -> None:
    hz = 100.0
    found = analyse(tone(hz)).frequency[10:-10]
    bin_hz = SAMPLE_RATE_HZ / 2048
    assert found[:, 4] == pytest.approx(np.full(len(found), hz / bin_hz - 4), abs=0.01)
    assert found[:, 5] == pytest.approx(np.full(len(found), hz / bin_hz - 5), abs=0.01)


def test_the_passes_bring_slices_to_agree() -> None:
    magnitudes = np.abs(analysis(noise(12)[:, 0]))
    phases = RunningPhase()(magnitudes, np.zeros((48, TONAL), np.float32))
    away = [
        float(np.abs(np.abs(analysis(synthesis(agreed(magnitudes, phases, passes)))) - magnitudes).mean()) for passes in (0, 6)
    ]
    assert away[1] < 0.6 * away[0]


@pytest.mark.parametrize("tile", [AROUND, 11])
def test_tiles_give_what_one_piece_gives(tile: int) -> None:
    sound = noise(47, seed=3) + tone(330.0, 47)
    whole, tiled = without_a_network(1000), without_a_network(tile)
    latents = whole.encode(sound)
    assert np.abs(tiled.encode(sound) - latents).max() < 1e-4
    assert np.abs(tiled.decode(latents) - whole.decode(latents)).max() < 1e-3


def test_a_stream_gives_pieces_of_a_tile_that_follow_each_other() -> None:
    codec = without_a_network(10)
    latents = codec.encode(noise(23))
    pieces = [len(piece) for piece in codec.stream(latents)]
    assert pieces == [10 * FRAME_SAMPLES, 10 * FRAME_SAMPLES, 3 * FRAME_SAMPLES]
    assert codec.decode(latents[:0]).shape == (0, 2)


def test_what_is_no_whole_frame_is_filled_up_with_silence() -> None:
    assert without_a_network(8).encode(noise(3)[:-700]).shape == (3, CHANNELS)
