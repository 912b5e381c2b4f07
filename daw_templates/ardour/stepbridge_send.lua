ardour {
	["type"]    = "EditorAction",
	name        = "stepbridge: send clip",
	license     = "MIT",
	author      = "stepbridge",
	description = [[Sends the selected MIDI regions with a prompt to stepbridge. The section is the selected range, else the bars that the regions reach over.]]
}

function action_params ()
	return {
		["host"] = { title = "Address of the stepbridge daemon", default = "127.0.0.1" },
		["port"] = { title = "Its OSC port", default = "9130" },
	}
end

-- Ardour keeps the factory alone, as byte code: everything it needs is inside it.
function factory (params) return function ()
	local NOTES_A_MESSAGE = 24 -- below 1 400 bytes a datagram
	params = params or {}

	local function tell (text)
		LuaDialog.Message ("stepbridge", text, LuaDialog.MessageType.Info, LuaDialog.ButtonType.Close):run ()
	end

	-- Ardour 7.3 shows beats as text only: "beats:ticks".
	local function number (beats)
		local whole, ticks = beats:str ():match ("^(-?%d+):(-?%d+)$")
		return tonumber (whole) + tonumber (ticks) / Temporal.ticks_per_beat
	end

	local function place_of (beat)
		return Temporal.timepos_t.from_ticks (math.floor (beat * Temporal.ticks_per_beat + 0.5))
	end

	-- Returns the notes of MIDI regions in beats of the session, and where the first region starts and the last ends.
	local function heard (regions)
		local notes, first, last = {}, nil, nil
		for region in regions:iter () do
			local midi = region:to_midiregion ()
			if not midi:isnil () then
				local start, length = number (region:position ():beats ()), number (region:length ():beats ())
				local offset = number (region:start ():beats ()) -- what is cut off at the region's front
				first, last = math.min (first or start, start), math.max (last or 0, start + length)
				for note in ARDOUR.LuaAPI.note_list (midi:midi_source (0):model ()):iter () do
					local at, long = number (note:time ()) - offset, number (note:length ())
					if at >= 0 and at < length then
						notes[#notes + 1] = { note:note (), start + at, math.min (long, length - at), note:velocity () }
					end
				end
			end
		end
		table.sort (notes, function (a, b) return a[2] < b[2] or (a[2] == b[2] and a[1] < b[1]) end)
		return notes, first, last
	end

	-- Returns where the section starts and how long it is, in whole bars of the meter at its start.
	local function section_of (time, first, last, map)
		local from, to = first, last
		if time:start_sample () < time:end_sample () then
			from = number (map:quarters_at_sample (time:start_sample ()))
			to = number (map:quarters_at_sample (time:end_sample ()))
		end
		local meter = map:meter_at (place_of (from))
		local bar_beats = 4 * meter:divisions_per_bar () / meter:note_value ()
		local bar = math.floor (from / bar_beats + 1e-3)
		local bars = math.max (1, math.ceil (to / bar_beats - 1e-3) - bar)
		local end_beat = (bar + bars) * bar_beats
		-- a melody from elsewhere starts with the bar that it starts in
		local origin = (first >= bar * bar_beats and first < end_beat) and bar * bar_beats or math.floor (first / bar_beats + 1e-3) * bar_beats
		return { bar = bar + 1, bars = bars, end_beat = end_beat, origin = origin,
			meter = string.format ("%d/%d", meter:divisions_per_bar (), meter:note_value ()) }
	end

	-- Returns the tempo up to the end of the section as the daemon reads it, asked at every quarter note.
	local function tempo_of (map, section)
		local changes, before = {}, nil
		for beat = 0, math.ceil (section.end_beat) - 1 do
			local bpm = math.floor (map:quarters_per_minute_at (place_of (beat)) * 1000 + 0.5) / 1000
			if bpm ~= before then
				changes[#changes + 1] = string.format ('{"beat": %d, "bpm": %s}', beat, (string.format ("%.3f", bpm):gsub (",", ".")))
				before = bpm
			end
		end
		return "[" .. table.concat (changes, ", ") .. "]"
	end

	local function ask ()
		local sections = {}
		for _, name in ipairs { "intro", "verse", "prechorus", "chorus", "bridge", "solo", "outro" } do sections[name] = name end
		return LuaDialog.Dialog ("stepbridge: send clip", {
			{ type = "entry", key = "prompt", title = "Prompt 想要什么音乐", default = "" },
			{ type = "dropdown", key = "section", title = "Section 段落", values = sections, default = "verse" },
			{ type = "dropdown", key = "mode", title = "Melody 旋律", default = "keep it note for note",
				values = { ["keep it note for note"] = "lock", ["develop it"] = "develop", ["take contour and key only"] = "inspire" } },
			{ type = "number", key = "variations", title = "Takes 版本", min = 1, max = 8, step = 1, digits = 0, default = 1 },
		}):run ()
	end

	local selection = Editor:get_selection ()
	local notes, first, last = heard (selection.regions:regionlist ())
	if #notes == 0 then return tell ("Select one or more MIDI regions with notes, then run this again.") end
	local asked = ask ()
	if not asked then return end

	local map = Temporal.TempoMap.read ()
	local section = section_of (selection.time, first, last, map)
	local tempo = tempo_of (map, section)
	map = nil -- the map must not outlive the action
	local daemon = ARDOUR.LuaOSC.Address ("osc.udp://" .. (params["host"] or "127.0.0.1") .. ":" .. (params["port"] or "9130"))
	local id = "ardour-" .. os.date ("%Y%m%d-%H%M%S") .. "-" .. math.random (1000, 9999)
	-- :send answers false even for what arrives (Ardour 7.3), so nothing is learnt from it.
	daemon:send ("/stepbridge/clip/begin", "sid", id, #notes, last - section.origin)
	for index = 0, math.ceil (#notes / NOTES_A_MESSAGE) - 1 do
		local types, values = "si", { id, index }
		for number_in_clip = index * NOTES_A_MESSAGE + 1, math.min (#notes, (index + 1) * NOTES_A_MESSAGE) do
			local note = notes[number_in_clip]
			types = types .. "iddi"
			for _, value in ipairs { note[1], note[2] - section.origin, note[3], note[4] } do values[#values + 1] = value end
		end
		daemon:send ("/stepbridge/clip/notes", types, table.unpack (values))
	end
	daemon:send ("/stepbridge/clip/end", "s", id)
	local types, values = "s", { id }
	for _, pair in ipairs {
		{ "clip", id }, { "prompt", asked["prompt"] }, { "section", asked["section"] }, { "seed_mode", asked["mode"] },
		{ "start_bar", section.bar }, { "bars", section.bars }, { "meter", section.meter }, { "tempo", tempo },
		{ "variations", math.floor (asked["variations"]) }, { "sample_rate_hz", math.floor (Session:nominal_sample_rate ()) },
		{ "project", Session:name () },
	} do
		types = types .. (math.type (pair[2]) == "integer" and "si" or "ss")
		values[#values + 1], values[#values + 2] = pair[1], pair[2]
	end
	daemon:send ("/stepbridge/generate", types, table.unpack (values))
	tell (string.format ("%d notes sent: %s, bar %d, %d bars.\nWhen it is done, run \"stepbridge: import take\".\nProgress: http://127.0.0.1:9131/",
		#notes, asked["section"], section.bar, section.bars))
end end

function icon (params) return function (ctx, width, height, fg)
	ctx:set_source_rgba (ARDOUR.LuaAPI.color_to_rgba (fg))
	ctx:set_line_width (2)
	for step = 1, 3 do
		ctx:move_to (width * 0.15, height * (1 - step * 0.22))
		ctx:line_to (width * (0.3 + step * 0.18), height * (1 - step * 0.22))
	end
	ctx:stroke ()
end end
