-- Starts Ardour's engine without sound, makes or loads a session, runs a step, saves and leaves.
-- Arguments in the environment: ARDOUR_SESSION, ARDOUR_STEP (a Lua file), and what the step wants.
AudioEngine:set_backend ("None (Dummy)", "Headless", "")
AudioEngine:set_device_name ("Silence")
assert (AudioEngine:start () == 0)

local folder, step = os.getenv ("ARDOUR_SESSION"), os.getenv ("ARDOUR_STEP")
local name = folder:match ("([^/]+)$")
local is_new = not io.open (folder .. "/" .. name .. ".ardour")
assert (is_new and create_session (folder, name, 48000) or load_session (folder, name))

local order, mode, midi = ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, ARDOUR.ChanCount (ARDOUR.DataType ("midi"), 1)
if is_new then
	Session:new_midi_track (midi, midi, true, ARDOUR.PluginInfo (), nil, nil, 1, "Melody", order, mode, true)
	Session:new_audio_track (2, 2, nil, 1, "Drums", order, mode, true)
	local bpm, map = tonumber (os.getenv ("ARDOUR_BPM")), Temporal.TempoMap.fetch_writable ()
	map:set_tempo (Temporal.Tempo (bpm, bpm, 4), Temporal.timepos_t (0))
	Temporal.TempoMap.update (map)
	map = nil
end

-- Runs an action script as Ardour's editor does: its factory alone, from byte code, without what the sandbox takes away.
function run_action (path, params)
	ardour = function () end
	assert (loadfile (path)) ()
	local action = load (string.dump (factory, true)) (params)
	dofile, require, package, debug, rawget, rawset, coroutine = nil, nil, nil, nil, nil, nil, nil
	collectgarbage ()
	action ()
end

-- Stands in for an object of the editor: what it does not have is an error.
function strict (members)
	return setmetatable (members, { __index = function (_, key) error ("the editor has no " .. tostring (key), 2) end })
end

function said (text) print ("SAID\t" .. text:gsub ("\n", " ")) end

if step ~= "" then assert (loadfile (step)) () end
assert (Session:save_state ("") == 0)
close_session ()
quit ()
