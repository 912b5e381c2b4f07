// What is in the Bitwig of the tests: tracks, scenes, clips, transport. What a script asks for happens a little later.
"use strict";

const fs = require("fs");

const LATER_MS = 15;

class Song {
  constructor(tell) {
    this.tell = tell;
    this.tracks = [{ name: "Melody", type: "Instrument", slots: {} }];
    this.scenes = ["", ""];
    const loop = { isLoop: false, loopStart: 0, loopLength: 4 };
    this.transport = { bpm: 110, numerator: 4, denominator: 4, isPlaying: false, position: 0, playStart: 0, ...loop };
    this.project = "song";
    this.clips = { launcher: null, arranger: null };
    this.isStuck = false;
  }

  later(does) {
    setTimeout(() => {
      does();
      this.changed();
    }, LATER_MS);
  }

  changed() {}

  addTrack(type) {
    if (!this.isStuck) this.later(() => this.tracks.push({ name: `${type} ${this.tracks.length}`, type, slots: {} }));
  }

  addScene() {
    this.later(() => this.scenes.push(""));
  }

  // As if the file was dropped there: what cannot be inserted leaves the slot empty, and nothing says so.
  insert(track, scene, file) {
    const kinds = { ".wav": ["Audio", "Hybrid"], ".mid": ["Instrument", "Hybrid"] }[file.slice(-4)] || [];
    const fits = this.tracks[track] && kinds.includes(this.tracks[track].type);
    if (!fs.existsSync(file) || !fits || scene >= this.scenes.length) return;
    this.later(() => {
      this.tracks[track].slots[scene] = file;
      this.tell("inserted", { track: this.tracks[track].name, scene, file });
    });
  }
}

// The note grid of a cursor clip.
class Grid {
  constructor(song, which, width, height) {
    Object.assign(this, { song, which, width, height, stepBeats: 0.25, first: 0, cells: new Map(), listeners: [] });
  }

  get clip() {
    return this.song.clips[this.which];
  }

  // Tells of every cell that is another than before.
  refresh() {
    setTimeout(() => {
      const before = this.cells;
      this.cells = this.seen();
      for (const [key, cell] of before) if (!this.cells.has(key)) this.told({ ...cell, state: "Empty" });
      for (const [key, cell] of this.cells) if (JSON.stringify(cell) !== JSON.stringify(before.get(key))) this.told(cell);
    }, LATER_MS);
  }

  seen() {
    const cells = new Map();
    for (const note of (this.clip || { notes: [] }).notes) {
      const column = Math.floor(note.start / this.stepBeats + 1e-6) - this.first;
      const columns = Math.max(1, Math.round(note.length / this.stepBeats));
      for (let x = Math.max(0, column); x < Math.min(this.width, column + columns); x++) {
        const state = x === column ? "NoteOn" : "NoteSustain";
        const key = `${note.pitch}/${x}`;
        if (!cells.has(key) || state === "NoteOn") cells.set(key, { ...note, x, state });
      }
    }
    return cells;
  }

  told(cell) {
    for (const listener of this.listeners) listener(cell);
  }
}

module.exports = { Grid, Song };
