// Deliveries into the clip launcher: a scene for each take, a track for each part; tracks are found by name, else made.
// Only the launcher can be filled: Bitwig's API reaches no clips of the arrangement (import session.dawproject there).

var TRACKS = 64;
var SCENES = 64;
var LOOK_MS = 50; // new tracks, scenes and clips arrive some time after they were asked for
var PATIENCE_MS = 3000;

// Returns an object that imports one delivery after the other; must be called in init. `say` shows a text.
function launcherImport(say) {
   var application = host.createApplication();
   var project = host.getProject();
   var bank = host.createMainTrackBank(TRACKS, 0, SCENES);
   var scenes = bank.sceneBank();
   var queue = [], isBusy = false;
   scenes.itemCount().markInterested();
   for (var number = 0; number < SCENES; number++) scenes.getScene(number).name().markInterested();
   for (var index = 0; index < TRACKS; index++) {
      var track = bank.getItemAt(index);
      [track.exists(), track.name(), track.trackType()].forEach(function (value) { value.markInterested(); });
      for (var row = 0; row < SCENES; row++) track.clipLauncherSlotBank().getItemAt(row).hasContent().markInterested();
   }

   function tracks() {
      var found = [];
      for (var index = 0; index < TRACKS; index++) if (bank.getItemAt(index).exists().get()) found.push(bank.getItemAt(index));
      return found;
   }

   function slot(track, scene) {
      return track.clipLauncherSlotBank().getItemAt(scene);
   }

   // Calls `then` once `isSo` returns something, else `otherwise` when patience is at an end.
   function wait(isSo, then, otherwise, patience) {
      var found = isSo();
      if (found) return then(found);
      if (patience <= 0) return otherwise();
      host.scheduleTask(function () { wait(isSo, then, otherwise, patience - LOOK_MS); }, LOOK_MS);
   }

   function fits(track, file) {
      var kind = track.trackType().get();
      var isCalled = track.name().get().toLowerCase() === file.track.toLowerCase();
      return isCalled && (kind === "Hybrid" || kind === (file.isAudio ? "Audio" : "Instrument"));
   }

   // Finds a track for every file, or makes it at the end of the list.
   function place(files, then, fail) {
      var homeless = files.filter(function (file) { return !file.home; });
      if (!homeless.length) return then();
      var file = homeless[0], all = tracks();
      file.home = all.filter(function (track) { return fits(track, file); })[0];
      if (file.home) return place(files, then, fail);
      if (all.length === TRACKS) return fail("there are more than " + TRACKS + " tracks");
      file.isAudio ? application.createAudioTrack(-1) : application.createInstrumentTrack(-1);
      wait(function () { return tracks()[all.length]; }, function (track) {
         track.name().set(file.track);
         file.home = track;
         place(files, then, fail);
      }, function () { fail("Bitwig made no track for " + file.track); }, PATIENCE_MS);
   }

   // Finds the first scene whose slots are empty on all tracks, or makes one.
   function freeScene(files, then, fail) {
      for (var scene = 0; scene < scenes.itemCount().get() && scene < SCENES; scene++)
         if (files.every(function (file) { return !slot(file.home, scene).hasContent().get(); })) return then(scene);
      if (scene >= SCENES) return fail("there is no empty scene among the first " + SCENES);
      project.createScene();
      wait(function () { return scenes.itemCount().get() > scene; }, function () { then(scene); },
         function () { fail("Bitwig made no scene"); }, PATIENCE_MS);
   }

   function fill(files, scene, label, then, fail) {
      if (!scenes.getScene(scene).name().get()) scenes.getScene(scene).name().set(label);
      files.forEach(function (file) { slot(file.home, scene).replaceInsertionPoint().insertFile(file.path); });
      var isFilled = function (file) { return slot(file.home, scene).hasContent().get(); };
      wait(function () { return files.every(isFilled); }, then, function () {
         var missing = files.filter(function (file) { return !isFilled(file); });
         fail(missing.map(function (file) { return file.path; }).join(", ") + " did not go in");
      }, PATIENCE_MS);
   }

   function next() {
      if (isBusy || !queue.length) return;
      isBusy = true;
      var take = queue.shift();
      function over(text) {
         isBusy = false;
         say(text);
         next();
      }
      function fail(reason) { over(take.label + ": " + reason); }
      place(take.files, function () {
         freeScene(take.files, function (scene) {
            fill(take.files, scene, take.label, function () { over(take.label + " is in scene " + (scene + 1)); }, fail);
         }, fail);
      }, fail);
   }

   return {
      // Imports the stems of a delivery, and its MIDI where `withMidi`, by the path of its manifest.
      take: function (manifestPath, parts, withMidi) {
         var folder = manifestPath.replace(/[\/\\][^\/\\]*$/, "");
         var mark = manifestPath.charAt(folder.length);
         var files = parts.map(function (part) { return { track: part, isAudio: true, path: folder + mark + part + ".wav" }; });
         if (withMidi) files = files.concat(parts.map(function (part) {
            return { track: part + " MIDI", isAudio: false, path: folder + mark + part + ".mid" };
         }));
         queue.push({ label: folder.replace(/^.*[\/\\]/, "").replace(/_[^_]*$/, ""), files: files });
         next();
      }
   };
}
