// node open_stage_control.js SESSION STEPS: runs the scripts of a session as Open Stage Control's client does (its
// script-vm.js: set, get, send), and prints what was sent and what the widgets show.
"use strict";

const fs = require("fs");
const vm = require("vm");

const [, , file, steps] = process.argv;
const { content } = JSON.parse(fs.readFileSync(file, "utf8"));
const widgets = new Map(content.widgets.map((widget) => [widget.id, widget]));
const values = new Map(content.widgets.map((widget) => [widget.id, widget.default ?? ""]));
const running = new Set();
const sent = [];

function known(id) {
  if (!widgets.has(id)) throw new Error(`there is no widget ${id}`);
  return id;
}

function run(id, code, value) {
  if (!code || running.has(id)) return;
  running.add(id);
  vm.runInNewContext(code, {
    id,
    value,
    get: (other) => values.get(known(other)),
    set: (other, changed) => change(known(other), changed),
    send: (address, ...values) => sent.push([address, ...values]),
  });
  running.delete(id);
}

function change(id, value) {
  const choices = widgets.get(id).values;
  if (choices && !Object.values(choices).includes(value)) throw new Error(`${id} has no value ${value}`);
  values.set(id, value);
  run(id, widgets.get(id).onValue, value);
}

run("root", content.onCreate, 0);
for (const { press, choose, hear } of JSON.parse(steps)) {
  if (press) change(known(press), 1);
  if (choose) change(known(choose[0]), choose[1]);
  if (hear) {
    const [address, ...rest] = hear;
    for (const widget of content.widgets) if (widget.address === address) change(widget.id, rest.length === 1 ? rest[0] : rest);
  }
}
process.stdout.write(JSON.stringify({ sent, values: Object.fromEntries(values) }));
