// Runs the device's script as Max's `js` object does, under node: a line of JSON in, lines of JSON out.
// In: {"set": {path: {property: value}}} or {"call": name, "arguments": [...]}. Out: {"outlet": n, "values": [...]},
// {"used": [path, name]}, {"later": milliseconds}, {"error": text}, and {"ready": true} after each line.
"use strict";
const fs = require("fs");
const readline = require("readline");
const vm = require("vm");

const say = (value) => process.stdout.write(JSON.stringify(value) + "\n");
let set = {};
let later = [];

class LiveAPI {
  constructor(path) {
    if (arguments.length !== 1) throw new Error("a path is all that LiveAPI is given here");
    this.path = path;
    this.id = set[path] ? "1" : "0";
  }
  get(name) {
    say({ used: [this.path, name] });
    if (!(name in (set[this.path] || {}))) throw new Error(`${this.path} has no ${name}`);
    return [set[this.path][name]]; // Max gives lists
  }
  call(name, ...values) {
    say({ used: [this.path, name], values });
    const [pitch, pitches, from, span] = values;
    const notes = set[this.path].notes.filter((note) => note.start_time >= from && note.start_time < from + span);
    return JSON.stringify({ notes: notes.filter((note) => note.pitch >= pitch && note.pitch < pitch + pitches) });
  }
}

class Task {
  constructor(work, owner) {
    this.run = () => work.call(owner);
  }
  schedule(milliseconds) {
    later.push(this);
    say({ later: milliseconds });
  }
  cancel() {
    later = later.filter((task) => task !== this);
  }
}

const device = vm.createContext({
  LiveAPI,
  Task,
  outlet: (index, ...given) => {
    const values = given.length === 1 && Array.isArray(given[0]) ? given[0] : given;
    if (values.some((value) => !["number", "string"].includes(typeof value) || Number.isNaN(value))) {
      throw new Error("outlet " + index + ": " + JSON.stringify(values));
    }
    say({ outlet: index, values });
  },
  arrayfromargs: (values) => Array.prototype.slice.call(values),
  messagename: "",
});
vm.runInContext(fs.readFileSync(process.argv[2], "utf8"), device);

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const order = JSON.parse(line);
  try {
    if (order.set) set = order.set;
    else if (order.late) later.splice(0).forEach((task) => task.run());
    else {
      device.messagename = order.call;
      const name = typeof device[order.call] === "function" ? order.call : "anything";
      device[name](...order.arguments);
    }
  } catch (error) {
    say({ error: String(error.stack) });
  }
  say({ ready: true });
});
