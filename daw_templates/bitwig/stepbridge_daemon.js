// The stepbridge daemon over OSC: requests go out, what happens to them comes back.

var NOTES_A_MESSAGE = 24; // below 1 400 bytes a datagram
var ANSWER_MS = 1500;
var TRIES = 3;

// Connects, which Bitwig allows in init only. `heard` has a function for each of: accepted progress done warning cancelled
// error silence; each is called with the id first.
function connectDaemon(address, port, replyPort, heard) {
   var osc = host.getOscModule();
   var space = osc.createAddressSpace();
   space.setName("stepbridge");
   var waiting = {}; // id → {clip pieces, send()}: requests that the daemon has not accepted yet

   function on(name, does) {
      space.registerMethod("/stepbridge/" + name, "*", name, function (_source, message) { does(message); });
   }
   on("pong", function () {});
   on("clip/ok", function (message) { waiting[message.getString(0)] && waiting[message.getString(0)].ask(); });
   on("accepted", function (message) {
      delete waiting[message.getString(0)];
      heard.accepted(message.getString(0));
   });
   on("progress", function (message) { heard.progress(message.getString(0), message.getFloat(1), message.getString(2)); });
   on("done", function (message) { heard.done(message.getString(0), message.getString(1)); });
   on("warning", function (message) { heard.warning(message.getString(0), message.getString(1)); });
   on("cancelled", function (message) { heard.cancelled(message.getString(0)); });
   on("error", function (message) {
      var id = message.getString(0), code = message.getString(1), text = message.getString(2);
      if (code === "missing" && waiting[id]) return waiting[id].resend(text);
      delete waiting[id];
      heard.error(id, text);
   });
   space.registerDefaultMethod(function () {});

   var connection = osc.connectToUdpServer(address, port, space);
   if (replyPort) osc.createUdpServer(replyPort, space);

   function send(name, values) {
      connection.sendMessage("/stepbridge/" + name, ...values);
   }

   function pairs(fields) {
      return Object.keys(fields).reduce(function (list, name) { return list.concat([name, fields[name]]); }, []);
   }

   function piece(id, notes, index) {
      var chosen = notes.slice(index * NOTES_A_MESSAGE, (index + 1) * NOTES_A_MESSAGE);
      if (chosen.length) send("clip/notes", chosen.reduce(function (list, note) { return list.concat(note); }, [id, index]));
   }

   function sendClip(id, clip) {
      send("clip/begin", [id, clip.notes.length, clip.length]);
      for (var index = 0; index * NOTES_A_MESSAGE < clip.notes.length; index++) piece(id, clip.notes, index);
      send("clip/end", [id]);
   }

   // The daemon answers at once: where nothing came, the datagram was lost or nobody is there. The same id twice is one job.
   function patiently(id, tries) {
      host.scheduleTask(function () {
         if (!waiting[id]) return;
         if (tries === 0) {
            delete waiting[id];
            return heard.silence(id);
         }
         waiting[id].start();
         patiently(id, tries - 1);
      }, ANSWER_MS);
   }

   return {
      hello: function () {
         if (replyPort) send("reply_to", [replyPort]);
         send("ping", []);
      },
      // Asks for a take; `clip` is {notes, length} or null.
      generate: function (id, clip, fields) {
         function ask() { send("generate", [id].concat(pairs(fields))); }
         waiting[id] = {
            ask: ask,
            start: function () { clip ? sendClip(id, clip) : ask(); },
            resend: function (missing) {
               missing.split(" ").forEach(function (index) { piece(id, clip.notes, Number(index)); });
               send("clip/end", [id]);
            }
         };
         waiting[id].start();
         patiently(id, TRIES - 1);
      },
      cancel: function (id) { send("cancel", [id]); },
      transport: function (fields) { send("transport", pairs(fields)); }
   };
}
