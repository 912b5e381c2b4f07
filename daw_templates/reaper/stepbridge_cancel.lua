-- stepbridge: give up everything that this project has asked for and not got yet.
local here = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
local lib = dofile(here .. "stepbridge_lib.lua")

-- Takes a request back that still lies in the inbox. The mark goes first: the daemon
-- then waits whether the rest stays as it is.
local function withdraw(id)
  local path, is_there = lib.settings.inbox .. "/" .. id, false
  for _, ending in ipairs({ ".ready", ".json", ".mid" }) do is_there = os.remove(path .. ending) or is_there end
  return is_there
end

local function cancel()
  local project, count = reaper.EnumProjects(-1), 0
  for _, request in ipairs(lib.requests(project)) do
    if request.state == "sent" then
      withdraw(request.id)
      reaper.ExecProcess(('"%s" cancel %s'):format(lib.settings.command, request.id), -1) -- -1: does not wait
      lib.remember(project, request.id, request.title, "cancelled")
      count = count + 1
    end
  end
  lib.say(count == 0 and "nothing to cancel" or ("%d cancelled"):format(count))
end

local ok, problem = pcall(cancel)
if not ok then lib.complain("could not cancel: " .. tostring(problem)) end
