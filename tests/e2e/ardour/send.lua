-- The melody is sent twice: as it stands, and for the four bars after it, which are selected as a range.
local answers
local message = strict { run = function () end }
LuaDialog = strict {
	MessageType = strict { Info = 0 }, ButtonType = strict { Close = 0 },
	Message = function (_, text) said (text) return message end,
	Dialog = function () return strict { run = function () return answers end } end,
}
local from, to = 0, 0
Editor = strict { get_selection = function ()
	return strict {
		regions = strict { regionlist = function () return Session:route_by_name ("Melody"):to_track ():playlist ():region_list () end },
		time = strict { start_sample = function () return from end, end_sample = function () return to end },
	}
end }

local path, params = os.getenv ("STEPBRIDGE_ACTION"), { host = "127.0.0.1", port = os.getenv ("STEPBRIDGE_PORT") }
local function sample (beat) return Temporal.timepos_t.from_ticks (beat * 1920):samples () end
answers = { prompt = "epic battle theme, brass and drums", section = "chorus", mode = "lock", variations = 1.0 }
run_action (path, params)
from, to = sample (32), sample (48)
answers = { prompt = "忧伤的大提琴独奏", section = "verse", mode = "lock", variations = 1.0 }
run_action (path, params)
