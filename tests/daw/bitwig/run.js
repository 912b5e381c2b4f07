// node run.js SCRIPT PREFERENCES: runs a controller script; a line of JSON on stdin is a command, one on stdout an event.
"use strict";

const fs = require("fs");
const path = require("path");
const readline = require("readline");
const vm = require("vm");
const { FakeBitwig } = require("./host.js");

const [, , script, preferences] = process.argv;
const tell = (event, about) => process.stdout.write(JSON.stringify({ event, ...about }) + "\n");
const bitwig = new FakeBitwig(tell, JSON.parse(preferences));
const globals = vm.createContext({
  host: bitwig.host,
  loadAPI: (version) => { bitwig.rules.version = version; },
  load: (name) => run(path.join(path.dirname(script), name)),
  println: (text) => tell("line", { text }),
});

function run(file) {
  vm.runInContext(fs.readFileSync(file, "utf8"), globals, { filename: file });
}

const commands = {
  press: ({ label }) => bitwig.press(label),
  set: ({ label, value }) => bitwig.set(label, value),
  transport: ({ event, ...state }) => { Object.assign(bitwig.song.transport, state); bitwig.observe(); },
  clip: ({ which, clip }) => { bitwig.song.clips[which] = clip; bitwig.observe(); },
  song: (changes) => { Object.assign(bitwig.song, changes); bitwig.observe(); },
  state: () => tell("state", { tracks: bitwig.song.tracks, scenes: bitwig.song.scenes, panel: bitwig.panel() }),
  quit: () => { vm.runInContext("exit()", globals); bitwig.close(); process.exit(0); },
};

run(script);
bitwig.init(() => vm.runInContext("init()", globals));
tell("ready", {});
readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { command, ...about } = JSON.parse(line);
  commands[command](about);
});
