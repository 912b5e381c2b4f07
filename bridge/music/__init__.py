"""Music as plain values: no threads, no clock, no files of ours but SMF and WAV; every unit conversion lives here."""
