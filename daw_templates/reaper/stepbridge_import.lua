-- stepbridge: watch the outbox and put what this project asked for (or is meant for it) on the timeline.
-- Runs until REAPER ends; started again, it takes over from itself.
local here = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
local lib = dofile(here .. "stepbridge_lib.lua")
local delivery = dofile(here .. "stepbridge_delivery.lua")(lib)

local LOOK_SECONDS = 1.0
local PATIENCE_SECONDS = 5.0 -- the daemon takes a file within a second
local RECORDING = 4

if reaper.set_action_options then reaper.set_action_options(3) end -- started again: ends this one, asks nothing

local token = reaper.genGuid("")
local next_look = 0
local seen = {} -- project's name → folder → true: what lay there before, or is done with
local waiting = {} -- id → when it was first seen waiting
local unfinished = {} -- folder → why it cannot be taken yet, said once
local peaks = {} -- sources whose peaks are to be drawn, a bit at each turn

local function folders()
  local found = {}
  for _, project in ipairs(lib.names(reaper.EnumerateSubdirectories, lib.settings.outbox)) do
    for _, name in ipairs(lib.names(reaper.EnumerateSubdirectories, lib.settings.outbox .. "/" .. project)) do
      if name:sub(1, 1) ~= "." then found[#found + 1] = lib.settings.outbox .. "/" .. project .. "/" .. name end
    end
  end
  table.sort(found)
  return found
end

local function by_id(requests)
  local found = {}
  for _, request in ipairs(requests) do found[request.id] = request end
  return found
end

local function take_in(project, folder, manifest, asked)
  local title = delivery.title(manifest)
  local ok, sources, problem = pcall(delivery.import, project, folder, manifest)
  if not ok then return lib.complain(title .. ": not imported: " .. tostring(sources)) end
  for _, source in ipairs(sources) do
    if reaper.PCM_Source_BuildPeaks(source, 0) ~= 0 then peaks[#peaks + 1] = source end
  end
  lib.note(project, "take:" .. folder:match("[^/\\]+$"):lower(), "imported")
  if asked then lib.remember(project, asked.id, asked.title, "done") end
  if problem then lib.complain(title .. ": " .. problem) else lib.say(title .. ": on the timeline") end
end

-- Looks at one folder; what belongs elsewhere, or is done with, is not looked at again.
local function consider(project, name, folder, old, asked)
  if lib.recall(project, "take:" .. folder:match("[^/\\]+$"):lower()) ~= "" then return true end
  local manifest, reason = delivery.read(folder)
  if not manifest then
    if unfinished[folder] ~= reason then lib.say(folder:match("[^/\\]+$") .. " " .. reason) end
    unfinished[folder] = reason
    return false
  end
  local request = asked[manifest.id:lower()]
  if not request and lib.is_claimed(manifest.id) then return false end -- of a project in another tab
  local is_wanted = request and request.state ~= "cancelled" or (not request and not old and manifest.project == name)
  if is_wanted then take_in(project, folder, manifest, request) end
  return true
end

local function look(project)
  local name = lib.project_name(project)
  local asked = by_id(lib.requests(project))
  local is_first = seen[name] == nil
  seen[name] = seen[name] or {}
  for _, folder in ipairs(folders()) do
    if not seen[name][folder] then seen[name][folder] = consider(project, name, folder, is_first, asked) end
  end
end

local function is_there(path)
  return lib.size(path) ~= nil
end

-- Says how a request is getting on, as far as files tell: in the inbox, taken, or refused.
local function follow(project, request, now)
  local path = lib.settings.inbox .. "/"
  local refusal = lib.read(path .. "failed/" .. request.id .. ".error.txt")
  if refusal then
    lib.remember(project, request.id, request.title, "failed")
    return lib.complain(request.title .. ": " .. refusal)
  end
  waiting[request.id] = waiting[request.id] or now
  local seconds = now - waiting[request.id]
  if is_there(path .. request.id .. ".json") and seconds > PATIENCE_SECONDS then
    return lib.say(request.title .. ": no daemon takes it; start one: stepbridge serve")
  end
  lib.say(("%s: being made, %d s"):format(request.title, math.floor(seconds)))
end

local function turn()
  local now = reaper.time_precise()
  if #peaks > 0 and reaper.PCM_Source_BuildPeaks(peaks[1], 1) == 0 then
    reaper.PCM_Source_BuildPeaks(table.remove(peaks, 1), 2)
  end
  if now < next_look then return end
  next_look = now + LOOK_SECONDS
  local project = reaper.EnumProjects(-1)
  if reaper.GetPlayStateEx(project) & RECORDING ~= 0 then return end
  look(project)
  for _, request in ipairs(lib.requests(project)) do
    if request.state == "sent" then follow(project, request, now) end
  end
end

local last_problem

local function loop()
  if reaper.GetExtState("stepbridge", "watcher") ~= token then return end
  local ok, problem = xpcall(turn, debug.traceback) -- an error would end a deferred script without a word
  if not ok and problem ~= last_problem then lib.complain(problem) end
  last_problem = not ok and problem or nil
  reaper.defer(loop)
end

reaper.SetExtState("stepbridge", "watcher", token, false)
loop()
