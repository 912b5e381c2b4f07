ardour {
	["type"]    = "EditorAction",
	name        = "stepbridge: import take",
	license     = "MIT",
	author      = "stepbridge",
	description = [[Puts the newest take that stepbridge made for this session on its tracks, at its bar. An earlier take stays in the playlist menu of each track.]]
}

function action_params ()
	return { ["outbox"] = { title = "Folder of the takes (empty: stepbridge/outbox in your home)", default = "" } }
end

-- Ardour keeps the factory alone, as byte code: everything it needs is inside it.
function factory (params) return function ()
	params = params or {}
	local is_windows = os.getenv ("OS") == "Windows_NT"
	local home = os.getenv ("HOME") or os.getenv ("USERPROFILE") or "."
	local outbox = params["outbox"] or ""
	if outbox == "" then outbox = ARDOUR.LuaAPI.build_filename (home, "stepbridge", "outbox") end

	local function tell (text)
		LuaDialog.Message ("stepbridge", text, LuaDialog.MessageType.Info, LuaDialog.ButtonType.Close):run ()
	end

	-- Returns a JSON text as tables; null becomes nil. Raises an error for what is no JSON.
	local function decoded (text)
		local at, value = 1, nil
		local escapes = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t" }
		local function next_is (pattern)
			at = text:find ("%S", at) or #text + 1
			local found = text:match ("^" .. pattern, at)
			if found then at = at + #found end
			return found
		end
		local function word ()
			local pieces = {}
			while true do
				local plain = text:match ('^[^"\\]*', at)
				at = at + #plain + 1
				pieces[#pieces + 1] = plain
				local stop = text:sub (at - 1, at - 1)
				if stop ~= "\\" then return table.concat (pieces), assert (stop == '"', "a text without an end") end
				local escape = text:sub (at, at)
				local code = escape == "u" and tonumber (text:sub (at + 1, at + 4), 16)
				pieces[#pieces + 1] = code and utf8.char (code) or escapes[escape] or escape
				at = at + (code and 5 or 1)
			end
		end
		local function list (stop, with_keys)
			local items = {}
			while not next_is (stop) do
				local key = #items + 1
				if with_keys then
					assert (next_is ('"'), "a key was expected")
					key = word ()
					assert (next_is (":"), "a colon was expected")
				end
				items[key] = value ()
				next_is (",")
			end
			return items
		end
		function value ()
			if next_is ("{") then return list ("}", true) end
			if next_is ("%[") then return list ("%]", false) end
			if next_is ('"') then return (word ()) end
			local plain = assert (next_is ("[%w%.%+%-]+"), "a value was expected")
			if plain == "true" or plain == "false" then return plain == "true" end
			return tonumber (plain)
		end
		return value ()
	end

	-- Returns the paths of all manifests of the outbox, the newest first.
	local function manifests ()
		local command = 'ls -1t "' .. outbox .. '"/*/*/manifest.json 2>/dev/null'
		if is_windows then command = 'dir /b /s /o-d "' .. outbox .. '\\manifest.json" 2>nul' end
		local found, listing = {}, assert (io.popen (command))
		for path in listing:lines () do found[#found + 1] = path end
		listing:close ()
		return found
	end

	-- Returns the newest take of this session that is not hidden, and its folder; nil where there is none.
	local function newest ()
		for _, path in ipairs (manifests ()) do
			local file = io.open (path, "r")
			local is_read, take = pcall (decoded, file and file:read ("a") or "")
			if file then file:close () end
			local folder = path:match ("^(.*)[/\\]")
			local is_hidden = folder:match ("([^/\\]+)$"):sub (1, 1) == "."
			if is_read and not is_hidden and take.schema == "stepbridge.take/1" and take.project == Session:name () then return take, folder end
		end
	end

	-- Returns the track of a name with a kind of data, made where there is none.
	local function track_of (name, kind)
		for route in Session:get_tracks ():iter () do
			local track = route:to_track ()
			local is_midi = not track:to_midi_track ():isnil ()
			if route:name ():lower () == name:lower () and is_midi == (kind == "midi") then return track end
		end
		local order, mode = ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal
		if kind == "audio" then
			return Session:new_audio_track (2, 2, nil, 1, name, order, mode, true):front ()
		end
		local one = ARDOUR.ChanCount (ARDOUR.DataType ("midi"), 1)
		return Session:new_midi_track (one, one, true, ARDOUR.PluginInfo (), nil, nil, 1, name, order, mode, true):front ()
	end

	-- Makes room: where the track plays something there, it gets a copy of its playlist without what the new take replaces.
	local function make_room (track, from, to, label)
		local is_taken = false
		for _ in track:playlist ():regions_touched (from, to):iter () do is_taken = true end
		if not is_taken then return end
		track:use_copy_playlist ()
		track:playlist ():set_name (track:name () .. " " .. label:gsub ("_", " ")) -- in a menu _ underlines the next letter
		for region in track:playlist ():regions_touched (from, to):iter () do
			local start, stop = region:position ():samples (), region:position ():samples () + region:length ():samples ()
			-- MIDI positions are rounded to a sample at either end
			if start >= from:samples () - 1 and stop <= to:samples () + 1 then track:playlist ():remove_region (region) end
		end
	end

	-- Returns whether the file had to be imported: a second time it is there already.
	local function put (folder, file, part, kind, from, to, label)
		local track, region_name = track_of (kind == "midi" and part .. " MIDI" or part, kind), label .. " " .. part
		for region in track:playlist ():region_list ():iter () do
			if region:name () == region_name then return false end
		end
		make_room (track, from, to, label)
		local files = C.StringVector ()
		files:push_back (ARDOUR.LuaAPI.build_filename (folder, file))
		Editor:do_import (files, Editing.ImportDistinctFiles, Editing.ImportAsTrack, ARDOUR.SrcQuality.SrcBest,
			ARDOUR.MidiTrackNameSource.SMFTrackName, ARDOUR.MidiTempoMapDisposition.SMFTempoIgnore,
			from, ARDOUR.PluginInfo (), track, false)
		local region = track:playlist ():top_region_at (from)
		if not region:isnil () then
			region:set_name (region_name)
			local audio = region:to_audioregion ()
			if not audio:isnil () then -- without fades neighbouring sections join
				audio:set_fade_in_active (false)
				audio:set_fade_out_active (false)
			end
		end
		return true
	end

	local take, folder = newest ()
	if not take then return tell ("No take of the project \"" .. Session:name () .. "\" in " .. outbox .. " yet.") end
	if take.sample_rate_hz ~= Session:nominal_sample_rate () then
		return tell (string.format ("The take is at %d Hz, the session at %d Hz: send the clip again.", take.sample_rate_hz, Session:nominal_sample_rate ()))
	end
	local section, label = take.section, folder:match ("([^/\\]+)_[^_]*$")
	local ticks = Temporal.ticks_per_beat
	local first_tick, last_tick = math.floor (section.start_beat * ticks + 0.5), math.floor ((section.start_beat + section.beats) * ticks + 0.5)
	-- where the session's tempo was changed since, the beat is kept
	local place = Temporal.timepos_t.from_ticks (first_tick):samples ()
	if math.abs (place - section.start_sample) <= 1 then place = section.start_sample end
	local imported = 0
	for _, stem in ipairs (take.stems) do
		local is_new = put (folder, stem.file, stem.part, "audio", Temporal.timepos_t (place), Temporal.timepos_t (place + section.frames), label)
		imported = imported + (is_new and 1 or 0)
	end
	for _, midi in ipairs (take.midi) do
		if midi.part ~= "score" then
			local from, to = Temporal.timepos_t.from_ticks (first_tick), Temporal.timepos_t.from_ticks (last_tick)
			imported = imported + (put (folder, midi.file, midi.part, "midi", from, to, label) and 1 or 0)
		end
	end
	if imported == 0 then return tell (label .. " is on its tracks already.") end
	tell (string.format ("%s is at bar %d, %d bars.", label, section.start_bar, section.bars))
end end

function icon (params) return function (ctx, width, height, fg)
	ctx:set_source_rgba (ARDOUR.LuaAPI.color_to_rgba (fg))
	ctx:set_line_width (2)
	for step = 1, 3 do
		ctx:move_to (width * 0.15, height * (step * 0.22 + 0.1))
		ctx:line_to (width * (0.3 + step * 0.18), height * (step * 0.22 + 0.1))
	end
	ctx:stroke ()
end end
