// stepbridge for Bitwig Studio: sends the selected clip with a prompt, and puts the take that comes back into the launcher.
// Add it in Settings > Controllers > Add controller > stepbridge; its fields are in the Studio I/O panel.
loadAPI(17);
load("stepbridge_settings.js");
load("stepbridge_clip.js");
load("stepbridge_daemon.js");
load("stepbridge_launcher.js");

host.setShouldFailOnDeprecatedUse(true);
host.defineController("stepbridge", "stepbridge", "0.1", "a5a3d1de-3f0c-4d6e-9a53-6f1f7a4f9a10", "stepbridge");
host.defineMidiPorts(0, 0);

var SECTIONS = ["intro", "verse", "prechorus", "chorus", "bridge", "solo", "outro"];
var MELODY = { "keep note for note": "lock", "develop": "develop", "new one like it": "inspire", "ignore": "free" };
var SAME_SOCKET = "to where it was asked from", OWN_PORT = "to port 9133";
var REPLY_PORT = 9133;
var PROGRESS_MS = 500;
var TRANSPORT_MS = 200;

var daemon, launcher, transport, application, settings, clips;
var jobs = {}; // id → {title, left, parts, withMidi, shown}
var lastTake = null;

function say(text) {
   host.showPopupNotification("stepbridge: " + text);
   println(text);
}

function init() {
   application = host.createApplication();
   application.projectName().markInterested();
   settings = createSettings();
   launcher = launcherImport(say);
   clips = {
      launcher: clipReader(host.createLauncherCursorClip(WINDOW_STEPS, KEYS)),
      arranger: clipReader(host.createArrangerCursorClip(WINDOW_STEPS, KEYS))
   };
   daemon = createDaemon();
   transport = host.createTransport();
   watchTransport();
   host.scheduleTask(daemon.hello, 0);
}

function exit() {}

function flush() {}

// The musician's fields (saved with the project) and where the daemon is (saved with Bitwig).
function createSettings() {
   var panel = host.getDocumentState();
   var made = {
      prompt: panel.getStringSetting("Prompt", "Take", 240, ""),
      section: panel.getEnumSetting("Section", "Take", SECTIONS, "verse"),
      melody: panel.getEnumSetting("Melody", "Take", Object.keys(MELODY), "keep note for note"),
      parts: panel.getStringSetting("Parts", "Take", 60, "lead chords bass drums"),
      takes: panel.getNumberSetting("Takes", "Take", 1, 16, 1, "", 1),
      files: panel.getEnumSetting("Bring in", "Take", ["audio", "audio and MIDI"], "audio")
   };
   Object.keys(made).forEach(function (name) { made[name].markInterested(); });
   button(panel, "Selected launcher clip", "Send", function () { send(clips.launcher); });
   button(panel, "Selected arranger clip", "Send", function () { send(clips.arranger); });
   button(panel, "No clip, the prompt alone", "Send", function () { request(null); });
   button(panel, "What is being made", "Cancel", cancel);
   button(panel, "The last take", "Bring in again", bringInAgain);
   return made;
}

function button(panel, label, action, does) {
   panel.getSignalSetting(label, "Do", action).addSignalObserver(does);
}

function createDaemon() {
   var preferences = host.getPreferences();
   var address = preferences.getStringSetting("Address", "Daemon", 60, "127.0.0.1");
   var port = preferences.getStringSetting("OSC port", "Daemon", 5, STEPBRIDGE_PORT);
   var replies = preferences.getEnumSetting("Replies", "Daemon", [SAME_SOCKET, OWN_PORT], SAME_SOCKET);
   var chosen = [address, port, replies].map(function (setting) {
      // connections can be made in init only
      setting.addValueObserver(function (value) { if (value !== used) host.restart(); });
      var used = setting.get();
      return used;
   });
   return connectDaemon(chosen[0], parseInt(chosen[1], 10), chosen[2] === OWN_PORT ? REPLY_PORT : 0, {
      accepted: function (id) { tell(id, "accepted"); },
      progress: showProgress,
      done: bringIn,
      warning: function (id, text) { tell(id, text); },
      cancelled: function (id) { tell(id, "cancelled"); delete jobs[id]; },
      error: function (id, text) {
         if (!id) return say(text);
         tell(id, text);
         delete jobs[id];
      },
      silence: function (id) {
         tell(id, "no daemon answers at " + chosen[0] + ":" + chosen[1] + "; start one with: stepbridge serve");
         delete jobs[id];
      }
   });
}

// Says something of a request of this project; the daemon tells of others only to those who asked.
function tell(id, text) {
   if (jobs[id]) say(jobs[id].title + ": " + text);
}

function watchTransport() {
   var position = transport.playPosition();
   var signature = transport.timeSignature();
   var isDue = false;
   var loop = [transport.isArrangerLoopEnabled(), transport.arrangerLoopStart(), transport.arrangerLoopDuration()];
   [position, transport.playStartPosition()].concat(loop).forEach(function (value) { value.markInterested(); });
   // Tempo automation changes it often: what the daemon is told is what holds at last.
   function changed() {
      if (isDue) return;
      isDue = true;
      host.scheduleTask(function () {
         isDue = false;
         var beats = Math.max(0, position.get());
         daemon.transport({ bpm: bpm(), meter: meter().text, playing: transport.isPlaying().get(), position_beats: beats });
      }, TRANSPORT_MS);
   }
   transport.tempo().value().addRawValueObserver(changed);
   transport.isPlaying().addValueObserver(changed);
   [signature.numerator(), signature.denominator()].forEach(function (value) { value.markInterested(); });
   signature.addValueObserver(changed);
}

function bpm() {
   return Math.round(transport.tempo().value().getRaw() * 1000) / 1000;
}

function meter() {
   var signature = transport.timeSignature();
   var numerator = signature.numerator().get(), denominator = signature.denominator().get();
   return { text: numerator + "/" + denominator, barBeats: 4 * numerator / denominator };
}

// The arranger loop where it is on, else from the play start on as long as the clip is; in whole bars.
function section(lengthBeats) {
   var isLoop = transport.isArrangerLoopEnabled().get(), barBeats = meter().barBeats;
   var start = isLoop ? transport.arrangerLoopStart().get() : transport.playStartPosition().get();
   var length = isLoop ? transport.arrangerLoopDuration().get() : lengthBeats;
   var bar = Math.floor(Math.max(0, start) / barBeats + 1e-6);
   var end = isLoop ? start + length : bar * barBeats + length;
   return { start_bar: bar + 1, bars: Math.max(1, Math.ceil(end / barBeats - 1e-6) - bar) };
}

function send(reader) {
   if (!reader.exists()) return say("select a clip first");
   say("reading the clip");
   reader.read(function (clip) {
      if (!clip.notes.length) return say("the selected clip has no notes");
      request(clip);
   });
}

function request(clip) {
   var place = section(clip ? clip.length : 8 * meter().barBeats);
   var parts = settings.parts.get().split(/[\s,]+/).filter(Boolean);
   var id = "bitwig-" + Date.now().toString(36) + "-" + Math.floor(Math.random() * 1679616).toString(36);
   var fields = {
      prompt: settings.prompt.get(), section: settings.section.get(), start_bar: place.start_bar, bars: place.bars,
      bpm: bpm(), meter: meter().text, seed_mode: MELODY[settings.melody.get()], parts: parts.join(" "),
      variations: Math.round(settings.takes.getRaw()), formats: "wav"
   };
   if (clip) fields.clip = id;
   if (application.projectName().get()) fields.project = application.projectName().get();
   var title = fields.section + ", bar " + place.start_bar, withMidi = settings.files.get() !== "audio";
   jobs[id] = { title: title, left: fields.variations, parts: parts, withMidi: withMidi, shown: 0 };
   daemon.generate(id, clip, fields);
}

function showProgress(id, fraction, stage) {
   if (!jobs[id] || Date.now() - jobs[id].shown < PROGRESS_MS) return;
   jobs[id].shown = Date.now();
   tell(id, Math.round(100 * fraction) + " % " + stage);
}

function bringIn(id, manifestPath) {
   var job = jobs[id];
   if (!job) return;
   lastTake = { path: manifestPath, parts: job.parts, withMidi: job.withMidi };
   launcher.take(manifestPath, job.parts, job.withMidi);
   if (--job.left === 0) delete jobs[id];
}

function bringInAgain() {
   lastTake ? launcher.take(lastTake.path, lastTake.parts, lastTake.withMidi) : say("no take has come yet");
}

function cancel() {
   var open = Object.keys(jobs);
   open.length ? open.forEach(daemon.cancel) : say("nothing is being made");
}
