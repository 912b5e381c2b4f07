-- stepbridge: at the start of REAPER: its actions are in the action list, and the outbox is watched.
-- `stepbridge install reaper` has Scripts/__startup.lua call this.
local here = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
local MAIN_SECTION = 0

for _, name in ipairs({ "send", "import", "cancel" }) do
  reaper.AddRemoveReaScript(true, MAIN_SECTION, here .. "stepbridge_" .. name .. ".lua", name == "cancel")
end
dofile(here .. "stepbridge_import.lua")
