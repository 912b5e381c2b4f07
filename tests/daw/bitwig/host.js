// Bitwig as its controller scripts see it, with a real network: the API of published.js over the song of song.js.
"use strict";

const dgram = require("dgram");
const { decode, encode } = require("./osc.js");
const { Rules } = require("./published.js");
const { Grid, Song } = require("./song.js");

class FakeBitwig {
  constructor(tell, preferences) {
    this.tell = tell;
    this.rules = new Rules((text) => tell("violation", { text }));
    this.song = new Song(tell);
    this.song.changed = () => this.observe();
    this.preferences = preferences;
    this.values = [];
    this.settings = new Map();
    this.signals = new Map();
    this.grids = [];
    this.sockets = [];
    this.host = this.rules.object("ControllerHost", this.hostModel());
  }

  // Runs init as Bitwig does: observers hear the current values afterwards.
  init(script) {
    this.rules.isInit = true;
    this.guarded(script);
    this.rules.isInit = false;
    for (const value of this.values) value.hearAll();
    for (const grid of this.grids) grid.refresh();
  }

  // An error in a callback ends the script in Bitwig, with a window that says so.
  guarded(does) {
    try {
      return does();
    } catch (error) {
      this.tell("violation", { text: error.stack });
      return undefined;
    }
  }

  observe() {
    for (const value of this.values) value.hear();
    for (const grid of this.grids) grid.refresh();
  }

  press(label) {
    this.guarded(() => this.signals.get(label).forEach((listener) => listener()));
  }

  set(label, value) {
    this.settings.get(label).value = value;
    this.observe();
  }

  // What the musician sees of the script's fields and buttons: [category, label, what is in it, whether it is a button].
  panel() {
    const fields = [...this.settings].map(([label, box]) => [box.category, label, String(box.value), false]);
    const buttons = [...this.signals].map(([label, signal]) => [signal.category, label, signal.action, true]);
    return [...fields, ...buttons];
  }

  close() {
    for (const socket of this.sockets) socket.close();
  }

  value(kind, read, write) {
    const { rules } = this;
    let isInteresting = false;
    let last;
    const listeners = [];
    const interesting = (name) => {
      if (!isInteresting) rules.forbid(`${kind}.${name}: was not marked as interesting in init`);
      return read();
    };
    const listen = (listener) => {
      isInteresting = true;
      listeners.push(listener);
    };
    this.values.push({
      hearAll: () => {
        last = read();
        for (const listener of listeners) this.guarded(() => listener(last));
      },
      hear: () => {
        if (read() === last) return;
        last = read();
        for (const listener of listeners) this.guarded(() => listener(last));
      },
    });
    return rules.object(kind, {
      markInterested: () => {
        if (isInteresting) rules.forbid(`${kind}: was marked as interesting before`);
        isInteresting = true;
      },
      get: () => interesting("get"),
      getRaw: () => interesting("getRaw"),
      set: (value) => this.song.later(() => write(value)),
      addValueObserver: listen,
      addRawValueObserver: listen,
    });
  }

  // A value that is the same object whenever it is asked for.
  kept(kind, owner, name, write = true) {
    const made = this.value(kind, () => owner()[name], (value) => { if (write) owner()[name] = value; });
    return () => made;
  }

  hostModel() {
    const { rules } = this;
    return {
      setShouldFailOnDeprecatedUse: (is) => { rules.failsOnDeprecated = is; },
      defineController: (...about) => this.tell("defined", { about }),
      defineMidiPorts: () => {},
      println: (text) => this.tell("line", { text }),
      showPopupNotification: (text) => this.tell("popup", { text }),
      scheduleTask: (task, delay) => { setTimeout(() => this.guarded(task), delay); },
      restart: () => this.tell("restart", {}),
      getDocumentState: () => this.settingsObject("DocumentState"),
      getPreferences: () => this.settingsObject("Preferences"),
      getProject: () => rules.object("Project", { createScene: () => this.song.addScene() }),
      createApplication: () => this.application(),
      createTransport: () => this.transport(),
      createMainTrackBank: (tracks, _sends, scenes) => this.trackBank(tracks, scenes),
      createLauncherCursorClip: (width, height) => this.cursorClip("launcher", width, height),
      createArrangerCursorClip: (width, height) => this.cursorClip("arranger", width, height),
      getOscModule: () => this.oscModule(),
    };
  }

  settingsObject(kind) {
    const setting = (type) => (label, ...about) => {
      const initial = this.preferences[label] ?? about[about.length - 1];
      const box = { category: about[0], value: initial };
      this.settings.set(label, box);
      return this.value(type, () => box.value, (value) => { box.value = value; });
    };
    return this.rules.object(kind, {
      getStringSetting: setting("SettableStringValue"),
      getEnumSetting: (label, category, options, initial) => {
        if (!options.includes(initial)) this.rules.forbid(`${label}: ${initial} is not one of its options`);
        return setting("SettableEnumValue")(label, category, initial);
      },
      getNumberSetting: setting("SettableRangedValue"),
      getSignalSetting: (label, category, action) => {
        this.signals.set(label, Object.assign([], { category, action }));
        return this.rules.object("Signal", { addSignalObserver: (listener) => { this.signals.get(label).push(listener); } });
      },
    });
  }

  application() {
    return this.rules.object("Application", {
      projectName: this.kept("StringValue", () => this.song, "project"),
      createAudioTrack: () => this.song.addTrack("Audio"),
      createInstrumentTrack: () => this.song.addTrack("Instrument"),
    });
  }

  transport() {
    const of = (kind, name) => this.kept(kind, () => this.song.transport, name);
    const tempo = this.rules.object("Parameter", { value: of("SettableRangedValue", "bpm") });
    const state = this.song.transport;
    const text = this.value("StringValue", () => `${state.numerator}/${state.denominator}`, () => {});
    const signature = this.rules.object("TimeSignatureValue", {
      numerator: of("SettableIntegerValue", "numerator"),
      denominator: of("SettableIntegerValue", "denominator"),
      addValueObserver: (listener) => text.addValueObserver(listener),
    });
    return this.rules.object("Transport", {
      tempo: () => tempo,
      timeSignature: () => signature,
      isPlaying: of("SettableBooleanValue", "isPlaying"),
      playPosition: of("BeatTimeValue", "position"),
      playStartPosition: of("SettableBeatTimeValue", "playStart"),
      isArrangerLoopEnabled: of("SettableBooleanValue", "isLoop"),
      arrangerLoopStart: of("SettableBeatTimeValue", "loopStart"),
      arrangerLoopDuration: of("SettableBeatTimeValue", "loopLength"),
    });
  }

  trackBank(trackCount, sceneCount) {
    const scenes = Array.from({ length: sceneCount }, (_, row) => this.scene(row));
    const count = this.value("IntegerValue", () => this.song.scenes.length, () => {});
    const sceneBank = this.rules.object("SceneBank", { itemCount: () => count, getScene: (row) => scenes[row] });
    const tracks = Array.from({ length: trackCount }, (_, index) => this.track(index, sceneCount));
    return this.rules.object("TrackBank", { getItemAt: (index) => tracks[index], sceneBank: () => sceneBank });
  }

  scene(row) {
    const write = (text) => { this.song.scenes[row] = text; };
    const name = this.value("SettableStringValue", () => this.song.scenes[row] ?? "", write);
    return this.rules.object("Scene", { name: () => name });
  }

  track(index, sceneCount) {
    const here = () => this.song.tracks[index] || { name: "", type: "", slots: {} };
    const slots = Array.from({ length: sceneCount }, (_, scene) => {
      const hasContent = this.value("BooleanValue", () => scene in here().slots, () => {});
      const insertFile = (file) => this.song.insert(index, scene, file);
      const replaceInsertionPoint = () => this.rules.object("InsertionPoint", { insertFile });
      return this.rules.object("ClipLauncherSlot", { hasContent: () => hasContent, replaceInsertionPoint });
    });
    const slotBank = this.rules.object("ClipLauncherSlotBank", { getItemAt: (scene) => slots[scene] });
    const exists = this.value("BooleanValue", () => index < this.song.tracks.length, () => {});
    return this.rules.object("Track", {
      exists: () => exists,
      name: this.kept("SettableStringValue", here, "name"),
      trackType: this.kept("StringValue", here, "type"),
      clipLauncherSlotBank: () => slotBank,
    });
  }

  cursorClip(which, width, height) {
    const grid = new Grid(this.song, which, width, height);
    this.grids.push(grid);
    const exists = this.value("BooleanValue", () => this.song.clips[which] !== null, () => {});
    const of = (kind, name) => this.kept(kind, () => this.song.clips[which] || {}, name);
    return this.rules.object("Clip", {
      exists: () => exists,
      isLoopEnabled: of("SettableBooleanValue", "isLoop"),
      getLoopStart: of("SettableBeatTimeValue", "loopStart"),
      getLoopLength: of("SettableBeatTimeValue", "loopLength"),
      getPlayStart: of("SettableBeatTimeValue", "playStart"),
      getPlayStop: of("SettableBeatTimeValue", "playStop"),
      setStepSize: (beats) => { grid.stepBeats = beats; grid.refresh(); },
      scrollToKey: () => {},
      scrollToStep: (step) => { grid.first = step; grid.refresh(); },
      addNoteStepObserver: (listener) => { grid.listeners.push((cell) => this.guarded(() => listener(this.noteStep(cell)))); },
    });
  }

  noteStep(cell) {
    return this.rules.object("NoteStep", {
      channel: () => 0,
      x: () => cell.x,
      y: () => cell.pitch,
      state: () => ({ toString: () => cell.state }),
      isMuted: () => Boolean(cell.isMuted),
      duration: () => cell.length,
      velocity: () => cell.velocity / 127,
    });
  }

  oscModule() {
    return this.rules.object("OscModule", {
      createAddressSpace: () => this.addressSpace(),
      connectToUdpServer: (address, port, space) => this.connection(this.socket(space), port, address),
      createUdpServer: (port, space) => { this.socket(space).bind(port, "127.0.0.1"); },
    });
  }

  addressSpace() {
    const methods = new Map();
    let otherwise = () => {};
    const space = this.rules.object("OscAddressSpace", {
      setName: () => {},
      registerMethod: (address, _tags, _about, listener) => { methods.set(address, listener); },
      registerDefaultMethod: (listener) => { otherwise = listener; },
    });
    this.dispatchers ??= new Map();
    this.dispatchers.set(space, (message) => {
      const listener = methods.get(message.address) || otherwise;
      listener(this.connection(null), this.message(message));
    });
    return space;
  }

  message({ address, tags, values }) {
    const of = (tag) => (index) => {
      if (tags[index] !== tag) this.rules.forbid(`${address}: argument ${index} is ${tags[index]}, not ${tag}`);
      return values[index];
    };
    const readers = { getString: of("s"), getInt: of("i"), getFloat: of("f") };
    return this.rules.object("OscMessage", { getAddressPattern: () => address, ...readers });
  }

  socket(space) {
    const socket = dgram.createSocket("udp4");
    this.sockets.push(socket);
    socket.on("message", (packet) => this.guarded(() => this.dispatchers.get(space)(decode(packet))));
    socket.on("error", () => {});
    return socket;
  }

  connection(socket, port, address) {
    return this.rules.object("OscConnection", {
      sendMessage: (name, ...values) => { socket.send(encode(name, values), port, address); },
    });
  }
}

module.exports = { FakeBitwig };
