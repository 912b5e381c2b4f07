"""Real programs that tests talk to; where one is not installed its tests are skipped by name, on CI they fail."""

import os
import shutil

import pytest

PACKAGES = {
    "oscsend": "liblo-tools",
    "oscdump": "liblo-tools",
    "pd": "puredata-core",
    "jackd": "jackd2",
    "sclang": "supercollider-language",
    "ffmpeg": "ffmpeg",
    "ffprobe": "ffmpeg",
    "chromium": "chromium",
    "espeak-ng": "espeak-ng",
    "fluidsynth": "fluidsynth timgm6mb-soundfont",
    "mma": "mma",
    "node": "nodejs",
    "ardour7-lua": "ardour",
    "ardour7-export": "ardour",
}
"""Program → Debian package that has it."""


def require_peer(*programs: str, is_optional: bool = False) -> None:
    """Skip the test, naming what is missing, unless all of these programs are installed.

    Under CI=true it fails instead, unless the peer is optional: too big to be installed for each run.
    """
    missing = [program for program in programs if shutil.which(program) is None]
    if not missing:
        return
    packages = " ".join(dict.fromkeys(PACKAGES.get(program, program) for program in missing))
    reason = f"{', '.join(missing)} is not installed (apt-get install {packages})"
    if os.environ.get("CI") == "true" and not is_optional:
        pytest.fail(reason)
    pytest.skip(reason)
