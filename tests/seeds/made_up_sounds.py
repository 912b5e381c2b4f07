"""Made-up recordings that hold no melody: speech, kits of drums, noise, clicks, mains; and what spoils one that does."""

from __future__ import annotations

import io
import subprocess
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.seeds.played_recordings import by_fluidsynth

Audio = NDArray[np.float64]

RATE_HZ = 22_050
ENGLISH = (
    "Hello, I would like to have a song about the rain, please make it slow and sad.",
    "One two three four five six seven eight nine ten, testing the microphone.",
    "Could you turn the drums down a little, and bring the strings in at the second verse?",
    "The quick brown fox jumps over the lazy dog while nobody is looking.",
    "I think that we should meet again on Tuesday, unless it snows.",
    "This is a note to myself: the bridge is too long, and the key is too high.",
    "Why did you not call me yesterday evening? I was waiting for hours!",
    "Make me an epic battle theme in D minor with brass and percussion.",
    "My grandmother used to sing this to us when we were very small.",
    "No, no, no. That is not what I meant at all.",
    "Take the first left, go on for two miles, and you will see the old mill.",
    "Ladies and gentlemen, welcome on board of this flight to Shanghai.",
)
MANDARIN = (
    "你好,我想要一首关于下雨的歌曲,请帮我写一首史诗感的战斗音乐",
    "一二三四五六七八九十,测试麦克风",
    "请把鼓的声音调小一点,第二段再加入弦乐",
    "今天天气很好,我们一起去公园散步吧",
    "这首歌的副歌太长了,音也太高了",
    "妈妈骑马,马慢,妈妈骂马",
    "你昨天晚上为什么没有给我打电话?我等了好几个小时",
    "我小的时候,外婆常常给我们唱这首歌",
    "不是,不是,我不是这个意思",
    "欢迎乘坐本次航班,我们即将飞往上海",
)
ENGLISH_VOICES = ("en-us", "en-gb", "en-gb-scotland", "en-gb-x-rp", "en-gb-x-gbclan", "en-029", "en-us-nyc")
MANDARIN_VOICES = ("cmn", "cmn-latn-pinyin")
SPEAKERS = ("", "+f1", "+f2", "+f3", "+f4", "+m1", "+m2", "+m3", "+m5", "+m7")
GROOVES = {
    "rock": ((0, 36), (1, 38), (2, 36), (3, 38), *((beat / 2, 42) for beat in range(8))),
    "four to the floor": (*((beat, 36) for beat in range(4)), (1, 39), (3, 39), *((beat + 0.5, 46) for beat in range(4))),
    "bossa": ((0, 36), (1.5, 36), (2, 36), (3.5, 36), (0, 37), (1.5, 37), (3, 37), *((beat / 2, 70) for beat in range(8))),
    "swing": (*((beat, 51) for beat in range(4)), (1.67, 51), (3.67, 51), (1, 44), (3, 44)),
    "toms": ((0, 50), (0.5, 50), (1, 47), (1.5, 47), (2, 45), (2.5, 45), (3, 41), (3.5, 41)),
    "hand drums": ((0, 64), (0.75, 63), (1.5, 62), (2, 64), (2.5, 61), (3, 60), (3.5, 60), (1, 69), (3, 69)),
    "breakbeat": ((0, 36), (0.5, 36), (1, 38), (1.75, 38), (2.5, 36), (3, 38), *((beat / 4, 42) for beat in range(16))),
    "march": (*((beat / 4, 38) for beat in range(16)), (0, 36), (2, 36), (0, 49)),
    "cymbals": ((0, 49), (1, 57), (2, 55), (3, 52)),
    "taiko": ((0, 35), (0.75, 35), (1.5, 41), (2, 35), (3, 43), (3.5, 43)),
}
"""Groove → (beat, key of General MIDI's kit) of one bar."""


def wav(samples: NDArray[np.floating], rate_hz: int = RATE_HZ, **how: str) -> bytes:
    """Return samples as the bytes of a file, by default 16-bit WAV."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate_hz, **{"format": "WAV"} | how)
    return file.getvalue()


def made_up_speech(random_seed: int, text: str | None = None) -> tuple[str, bytes]:
    """Return what eSpeak NG said and how, and the WAV: English or Mandarin, any voice, speed and pitch, in noise or a room."""
    rng = np.random.default_rng(random_seed)
    is_mandarin = bool(rng.random() < 0.4)
    voice = str(rng.choice(MANDARIN_VOICES if is_mandarin else ENGLISH_VOICES)) + str(rng.choice(SPEAKERS))
    said = " ".join(rng.choice(MANDARIN if is_mandarin else ENGLISH, int(rng.integers(1, 3)), replace=False))
    words_a_minute, pitch = int(rng.integers(100, 230)), int(rng.integers(20, 80))
    how = ["-v", voice, "-s", str(words_a_minute), "-p", str(pitch)]
    spoken = subprocess.run(["espeak-ng", *how, "--stdout", text or said], capture_output=True, check=True).stdout
    samples, rate_hz = soundfile.read(io.BytesIO(spoken))
    place = str(rng.choice(("dry", "in noise", "in a room", "in a noisy room")))
    if "room" in place:
        samples = in_a_room(samples, rng)
    if "nois" in place:
        samples = samples + 10 ** (-float(rng.uniform(12, 30)) / 20) * np.abs(samples).max() * rng.normal(
            0.0, 0.3, len(samples)
        )
    return f"{' '.join(how)} {place}: {said[:30]}", wav(0.7 * samples / np.abs(samples).max(), rate_hz)


def in_a_room(samples: Audio, rng: np.random.Generator) -> Audio:
    """Return samples with the decaying noise of a room after them."""
    from scipy.signal import fftconvolve

    length = int(float(rng.uniform(0.2, 0.5)) * RATE_HZ)
    tail = rng.normal(0.0, 1.0, length) * np.exp(-6.9 * np.arange(length) / length)
    tail *= float(rng.uniform(0.3, 0.8)) / np.sqrt(np.square(tail).sum())
    tail[0] = 1.0
    return np.asarray(fftconvolve(samples, tail))


def made_up_drums(random_seed: int, groove: str, sound_font: Path) -> bytes:
    """Return four bars of a groove on one of General MIDI's kits."""
    rng = np.random.default_rng(random_seed)
    second = 60.0 / float(rng.uniform(70.0, 160.0))
    strokes = [((bar * 4 + beat) * second, key) for bar in range(4) for beat, key in GROOVES[groove]]
    notes = [(0.1 + start, 0.25 + start, key) for start, key in strokes]
    kit = int(rng.choice((0, 8, 16, 25, 32, 40)))
    return by_fluidsynth([(kit, notes, [int(rng.integers(50, 120)) for _ in notes])], sound_font, channel=9)


def coloured_noise(rng: np.random.Generator, slope: float, seconds: float = 4.0) -> Audio:
    """Return noise whose power falls with the frequency to the power of `slope`: 0 white, 1 pink, 2 brown."""
    spectrum = np.fft.rfft(rng.normal(0.0, 1.0, int(seconds * RATE_HZ)))
    noise = np.fft.irfft(spectrum / (1.0 + np.arange(len(spectrum))) ** (slope / 2.0))
    return np.asarray(noise / np.abs(noise).max() * 0.5)


def clicks(rng: np.random.Generator, bpm: float) -> Audio:
    """Return a metronome without a pitch: 8 s of bursts of 5 ms."""
    samples = np.zeros(8 * RATE_HZ)
    for place in np.arange(0.2, 7.8, 60.0 / bpm):
        burst = rng.normal(0.0, 0.3, 110) * np.exp(-np.arange(110) / 30.0)
        samples[int(place * RATE_HZ) : int(place * RATE_HZ) + 110] += burst
    return samples


def mains(rng: np.random.Generator, mains_hz: float, seconds: float = 6.0) -> Audio:
    """Return what bad cables pick up: 50 or 60 Hz and its harmonics, with hiss."""
    times = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    partials = (1.0, 0.6, 0.5, 0.3, 0.25, 0.15, 0.15, 0.1)
    tones = [
        level * rng.uniform(0.4, 1.0) * np.sin(2 * np.pi * mains_hz * number * times + rng.uniform(0.0, 6.3))
        for number, level in enumerate(partials, 1)
    ]
    return np.asarray(0.2 * np.sum(tones, axis=0) + rng.normal(0.0, 0.003, len(times)))
