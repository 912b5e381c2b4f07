// The notes of the clip that is selected in Bitwig. The API shows a clip as a grid of steps and says which of them hold a note:
// positions are exact where notes lie on the grid (down to 64ths and their triplets), others start up to 1/48 beat early.

var STEPS_A_BEAT = 48;
var WINDOW_STEPS = 32 * STEPS_A_BEAT;
var KEYS = 128;
var SETTLE_MS = 150; // changes of the grid arrive some time after they were asked for

// Returns an object that reads one cursor clip; must be called in init.
function clipReader(clip) {
   var notes = {};
   [clip.exists(), clip.isLoopEnabled(), clip.getLoopStart(), clip.getLoopLength(), clip.getPlayStart(), clip.getPlayStop()]
      .forEach(function (value) { value.markInterested(); });
   clip.setStepSize(1 / STEPS_A_BEAT);
   clip.scrollToKey(0);
   clip.scrollToStep(0);
   clip.addNoteStepObserver(function (step) {
      var cell = step.channel() + "/" + step.x() + "/" + step.y();
      delete notes[cell];
      if (String(step.state()) === "NoteOn" && !step.isMuted())
         notes[cell] = { step: step.x(), pitch: step.y(), length: step.duration(), velocity: step.velocity() };
   });

   function span() {
      if (clip.isLoopEnabled().get()) return { start: clip.getLoopStart().get(), length: clip.getLoopLength().get() };
      return { start: clip.getPlayStart().get(), length: clip.getPlayStop().get() - clip.getPlayStart().get() };
   }

   // What the window shows of the span: [pitch, start, length, velocity], in beats from the start of the clip.
   function inWindow(firstStep, whole) {
      return Object.keys(notes).map(function (cell) {
         var note = notes[cell];
         var start = (firstStep + note.step) / STEPS_A_BEAT - whole.start;
         var length = Math.min(note.length, whole.length - start);
         return [note.pitch, start, length, Math.max(1, Math.min(127, Math.round(note.velocity * 127)))];
      }).filter(function (note) { return note[1] >= 0 && note[2] > 0; });
   }

   function byTime(one, other) {
      return one[1] - other[1] || one[0] - other[0];
   }

   return {
      exists: function () { return clip.exists().get(); },
      // Calls back with {notes, length} once the whole clip was seen, window by window.
      read: function (done) {
         var whole = span(), found = [], step = Math.floor(whole.start * STEPS_A_BEAT);
         function look() {
            clip.scrollToStep(step);
            host.scheduleTask(function () {
               found = found.concat(inWindow(step, whole));
               step += WINDOW_STEPS;
               if (step < (whole.start + whole.length) * STEPS_A_BEAT) return look();
               clip.scrollToStep(0);
               done({ notes: found.sort(byTime), length: whole.length });
            }, SETTLE_MS);
         }
         look();
      }
   };
}
