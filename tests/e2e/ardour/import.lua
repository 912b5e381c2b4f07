-- The import action, with an editor that only says what it is told to import: Ardour's own needs a screen.
local message = strict { run = function () end }
LuaDialog = strict {
	MessageType = strict { Info = 0 }, ButtonType = strict { Close = 0 },
	Message = function (_, text) said (text) return message end,
}
Editing = strict { ImportDistinctFiles = 0, ImportAsTrack = 1 }
Editor = strict { do_import = function (_, files, _, _, quality, names, tempo, position, instrument, track, with_markers)
	assert (quality and names and tempo and instrument and with_markers == false)
	local playlist = track:playlist ()
	print (table.concat ({ "IMPORT", track:name (), playlist:name (), playlist:n_regions (), files:at (0), position:samples (), position:beats ():str () }, "\t"))
end }
run_action (os.getenv ("STEPBRIDGE_ACTION"), { outbox = os.getenv ("STEPBRIDGE_OUTBOX") })
