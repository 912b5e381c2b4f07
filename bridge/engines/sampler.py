"""The engine `sampler`: a SoundFont played in process, in float32, at any rate, on any machine.

Why a player of our own. Measured against FluidSynth 2.3, without its effects, on 29 programs of the packaged font (3 keys,
3 velocities, 2 lengths each) as log-mel distance apart from level: tinysoundfont 0.3.7 is 1.50 dB away and its presets are
up to 15 dB too loud or soft beside each other; this player 0.77 dB and 4 dB. tinysoundfont cannot be installed without
PortAudio's headers, symusic 0.5 leaves the filters out, midirenderer gives 16 bits at 44.1 kHz only. Here numpy, scipy and
soundfile do the work, which the daemon needs anyway: nothing to compile on any machine, 10 ms to open the font instead of
2 s (samples are decoded when they first sound), and a damaged font is an error instead of a crash.
"""

from __future__ import annotations

from pathlib import Path

from bridge.brief import Brief
from bridge.engines.engine import Capabilities
from bridge.engines.sampler_part import Performance
from bridge.engines.sampler_soundfont import SoundFont, opened, version
from bridge.errors import EngineError
from bridge.music.notes import Part
from bridge.music.score import Score
from bridge.music.take import Stem, Take
from bridge.step import Step
from bridge.threads import Check, processors, side_by_side

PACKAGED_SOUNDFONT = Path(__file__).parent.parent / "soundfonts" / "FluidR3Mono_GM.sf3"
SAMPLE_RATES_HZ = (44_100, 48_000, 88_200, 96_000, 176_400, 192_000)


class SamplerEngine:
    """Plays a score with a SoundFont; the same score gives the same samples, whatever was played before."""

    name = "sampler"
    version = "1"

    def __init__(self, soundfont: Path | None = None, threads: int = 1) -> None:
        """Play `soundfont` (None: the one packaged), `threads` parts at a time, or more where there are processors for it."""
        self.soundfont = soundfont or PACKAGED_SOUNDFONT
        self.threads = max(threads, processors())

    def capabilities(self) -> Capabilities:
        """Return what it can do; not ready where the SoundFont is missing or damaged."""
        try:
            self._font()
        except EngineError as error:
            return Capabilities(self.name, "cpu", is_ready=False, reason=error.text, sample_rates_hz=SAMPLE_RATES_HZ)
        return Capabilities(self.name, "cpu", is_ready=True, sample_rates_hz=SAMPLE_RATES_HZ)

    def _font(self) -> SoundFont:
        return opened(self.soundfont, version(self.soundfont))

    def perform(self, score: Score, brief: Brief, step: Step) -> Take:
        """Return one stereo stem a part, as long as the section, and its tail; raises EngineError, CancelledError."""
        font = self._font()

        def play(part: Part, check: Check) -> Stem:
            return Performance(font, score, brief, part, check).stem()

        parts = score.parts
        stems = side_by_side(play, parts, lambda done: step("perform", done, len(parts)), self.threads)
        return Take(
            score,
            tuple(stems),
            brief.sample_rate_hz,
            engine={"name": self.name, "version": self.version, "soundfont": self.soundfont.name},
            random_seed=brief.random_seed,
        )
