// The Max for Live device stepbridge: sends the selected clip and a request to the daemon, shows how it gets on.
// Runs in Max's `js` object (ES5). Inlet: start, text, section, bars, generate, cancel, and what udpreceive hears.
autowatch = 0;
inlets = 1;
outlets = 3; // 0: OSC to the daemon, 1: the status line, 2: progress from 0 to 100

var DAEMON_PORT = "@osc_port@"; // written by `stepbridge install live`
var OWN_PORT = 9134; // of udpreceive in the patch
var NOTES_A_PIECE = 16;
var ANSWER_MILLISECONDS = 3000;
var EPSILON = 1e-6;

var wishes = { prompt: "", section: "", bars: 0 };
var order = null; // what was asked for last: id, pieces, fields, state
var patience = null;

function say(text) {
  outlet(1, "set", text);
}

// Called by live.thisdevice when the Live API is ready.
function start() {
  if (Number(DAEMON_PORT)) outlet(0, "port", Number(DAEMON_PORT));
  say("select a MIDI clip, write what it should become");
  outlet(2, 0);
}

function text() {
  wishes.prompt = arrayfromargs(arguments).join(" ");
}

function section(name) {
  wishes.section = name === "section" ? "" : name;
}

function bars(count) {
  wishes.bars = count;
}

function generate() {
  var clip = new LiveAPI("live_set view detail_clip");
  if (!Number(clip.id) || !number(clip, "is_midi_clip")) return say("select a MIDI clip");
  var song = new LiveAPI("live_set");
  var place = placeOf(song, clip);
  var notes = notesIn(clip, place);
  if (!notes.length) return say("the clip has no notes there");
  order = { id: newId(), pieces: piecesOf(notes), place: place, count: notes.length, state: "clip" };
  order.fields = fieldsOf(song, place);
  outlet(0, "/stepbridge/reply_to", OWN_PORT, "mine");
  sendClip();
  say(notes.length + " notes are sent");
  wait();
}

function cancel() {
  if (!order || order.state === "over") return say("nothing to cancel");
  outlet(0, "/stepbridge/cancel", order.id);
}

function newId() {
  return "m4l-" + Math.floor(new Date().getTime() / 1000).toString(16) + "-" + Math.floor(Math.random() * 65536).toString(16);
}

function number(object, property) {
  return Number(object.get(property));
}

// Returns the section meant, in beats from the start of the song: the loop brace where it is on, else the clip itself, else
// as much from where the song stands; filled up to whole bars.
function placeOf(song, clip) {
  var meter = [number(song, "signature_numerator"), number(song, "signature_denominator")];
  var bar = (meter[0] * 4) / meter[1];
  var isArranged = number(clip, "is_arrangement_clip");
  var clipStart = isArranged ? number(clip, "start_time") : null;
  var length = isArranged ? number(clip, "end_time") - clipStart : number(clip, "length");
  var from = isArranged ? clipStart : Math.floor(number(song, "current_song_time") / bar + EPSILON) * bar;
  var to = from + length;
  if (number(song, "loop")) {
    var loopStart = number(song, "loop_start");
    var loopEnd = loopStart + number(song, "loop_length");
    if (!isArranged || (clipStart < loopEnd && loopStart < clipStart + length)) {
      from = loopStart;
      to = loopEnd;
    }
  }
  var first = Math.floor(from / bar + EPSILON);
  var count = Math.max(1, Math.ceil(to / bar - EPSILON) - first);
  var shift = isArranged ? clipStart - first * bar : 0;
  return { meter: meter, bar: bar, startBar: first + 1, bars: count, shift: shift, length: length };
}

// Returns the notes that sound, from the start of the section; a looped clip is repeated as the arrangement shows it.
function notesIn(clip, place) {
  var isLooped = number(clip, "looping");
  var position = number(clip, "start_marker");
  var loopStart = number(clip, "loop_start");
  var loopEnd = number(clip, "loop_end");
  var notes = [];
  for (var at = 0; at < place.length - EPSILON; ) {
    var left = place.length - at;
    var isRound = isLooped && loopEnd - loopStart > EPSILON && position < loopEnd - EPSILON;
    var span = isRound ? Math.min(left, loopEnd - position) : left;
    addNotes(notes, clip, { position: position, span: span, at: at + place.shift, end: place.bars * place.bar });
    at += span;
    position = loopStart;
  }
  return notes;
}

function addNotes(notes, clip, stretch) {
  var found = JSON.parse(String(clip.call("get_notes_extended", 0, 128, stretch.position, stretch.span))).notes;
  found.sort(function (one, other) {
    return one.start_time - other.start_time || one.pitch - other.pitch;
  });
  for (var index = 0; index < found.length; index++) {
    var inside = found[index].start_time - stretch.position;
    var start = stretch.at + inside;
    if (found[index].mute || inside >= stretch.span - EPSILON || start < -EPSILON || start >= stretch.end - EPSILON) continue;
    var velocity = Math.min(127, Math.max(1, Math.round(found[index].velocity)));
    var length = Math.min(found[index].duration, stretch.span - inside);
    notes.push([found[index].pitch, Math.max(0, start), length, velocity]);
  }
}

function piecesOf(notes) {
  var pieces = [];
  for (var first = 0; first < notes.length; first += NOTES_A_PIECE) {
    pieces.push([].concat.apply([], notes.slice(first, first + NOTES_A_PIECE)));
  }
  return pieces;
}

function fieldsOf(song, place) {
  var fields = ["clip", order.id, "start_bar", place.startBar, "bars", wishes.bars || place.bars];
  fields.push("bpm", number(song, "tempo"), "meter", place.meter.join("/"), "project", String(song.get("name")) || "untitled");
  if (wishes.prompt) fields.push("prompt", wishes.prompt);
  if (wishes.section) fields.push("section", wishes.section);
  return fields;
}

function sendClip() {
  var end = order.place.shift + order.place.length;
  outlet(0, "/stepbridge/clip/begin", order.id, order.count, Math.ceil(end / order.place.bar - EPSILON) * order.place.bar);
  for (var index = 0; index < order.pieces.length; index++) {
    outlet(0, ["/stepbridge/clip/notes", order.id, index].concat(order.pieces[index])); // Max unrolls lists
  }
  outlet(0, "/stepbridge/clip/end", order.id);
}

function wait() {
  if (patience) patience.cancel();
  patience = new Task(function () {
    if (order && order.state === "clip") say("no daemon answers; start one: stepbridge serve");
  }, this);
  patience.schedule(ANSWER_MILLISECONDS);
}

// What the daemon says, by way of udpreceive.
function anything() {
  var about = arrayfromargs(arguments);
  if (!order || about[0] !== order.id) return;
  var heard = hearing[messagename];
  if (heard) heard(about);
}

function over(text) {
  order.state = "over";
  outlet(2, 0);
  say(text);
}

var hearing = {
  "/stepbridge/clip/ok": function () {
    if (order.state !== "clip") return;
    order.state = "asked";
    outlet(0, ["/stepbridge/generate", order.id].concat(order.fields));
  },
  "/stepbridge/accepted": function () {
    order.state = "accepted";
    say("accepted");
  },
  "/stepbridge/progress": function (about) {
    outlet(2, Math.round(100 * about[1]));
    say(about[2] + " " + Math.round(100 * about[1]) + " %");
  },
  "/stepbridge/warning": function (about) {
    say(about[1]);
  },
  "/stepbridge/done": function (about) {
    over("done: " + about[1]);
  },
  "/stepbridge/cancelled": function () {
    over("cancelled");
  },
  "/stepbridge/error": function (about) {
    if (about[1] === "missing" && order.state === "clip") return sendClip();
    over(about[2]);
  },
};
