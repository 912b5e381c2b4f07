-- What the stepbridge scripts share: settings, files, and what a project remembers of its requests.
local lib = {}

local HERE = debug.getinfo(1, "S").source:match("^@(.*[/\\])") or ""
local EXT = "stepbridge"

lib.here = HERE
lib.json = dofile(HERE .. "stepbridge_json.lua")
lib.smf = dofile(HERE .. "stepbridge_smf.lua")
lib.settings = dofile(HERE .. "stepbridge_settings.lua")

-- The line below the track list: shows how things go and asks for nothing.
function lib.say(text)
  reaper.Help_Set("stepbridge: " .. text, false)
end

-- A window beside the project, for what must not be overlooked; it blocks nothing.
function lib.complain(text)
  lib.say(text)
  reaper.ShowConsoleMsg("stepbridge: " .. text .. "\n")
end

-- Runs fn as one undo step, which is closed whatever happens; a step that fails is taken back. Returns ok, error.
function lib.undoable(project, title, fn)
  reaper.Undo_BeginBlock2(project)
  reaper.PreventUIRefresh(1)
  local ok, problem = xpcall(fn, debug.traceback)
  reaper.PreventUIRefresh(-1)
  reaper.Undo_EndBlock2(project, title, -1)
  -- Only our own step: where the block changed nothing REAPER made none, and the last one is the musician's.
  if not ok and reaper.Undo_CanUndo2(project) == title then reaper.Undo_DoUndo2(project) end
  reaper.UpdateArrange()
  return ok, problem
end

function lib.read(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local data = file:read("a")
  file:close()
  return data
end

function lib.size(path)
  local file = io.open(path, "rb")
  if not file then return nil end
  local size = file:seek("end")
  file:close()
  return size
end

-- Writes a file under a name that the daemon overlooks, then gives it its own; a file that exists is never replaced.
function lib.write(path, data)
  local file = assert(io.open(path .. ".part", "wb"))
  local written, problem = file:write(data)
  local closed = file:close()
  if not (written and closed) then
    os.remove(path .. ".part")
    error(problem or ("the disk of " .. path .. " is full"), 0)
  end
  assert(os.rename(path .. ".part", path))
end

-- Returns the names that enumerate (EnumerateFiles or EnumerateSubdirectories) finds now; index -1 forgets its cache.
function lib.names(enumerate, folder)
  enumerate(folder, -1)
  local names, name = {}, enumerate(folder, 0)
  while name do
    names[#names + 1] = name
    name = enumerate(folder, #names)
  end
  return names
end

-- Returns the first 64 characters of a text, as many as names in requests may have.
function lib.shortened(text)
  local cut = utf8.len(text) and utf8.offset(text, 65)
  return cut and text:sub(1, cut - 1) or text
end

-- Returns what the project is called in requests and manifests: the name of its file.
function lib.project_name(project)
  local name = lib.shortened(reaper.GetProjectName(project):gsub("%.[Rr][Pp][Pp]$", ""))
  return name ~= "" and name or "untitled"
end

-- Remembers until REAPER ends that one of its projects has asked for something, so that no other tab takes it in.
function lib.claim(id)
  reaper.SetExtState(EXT, "asked:" .. id, "1", false)
end

function lib.is_claimed(id)
  return reaper.GetExtState(EXT, "asked:" .. id) ~= ""
end

-- Requests of a project, kept in its file: id → "name of the section|state"; states: sent, done, failed, cancelled.
function lib.remember(project, id, title, state)
  reaper.SetProjExtState(project, EXT, "job:" .. id, title .. "|" .. state)
end

function lib.requests(project)
  local found, index = {}, 0
  while true do
    local more, key, value = reaper.EnumProjExtState(project, EXT, index)
    if not more then return found end
    local id, title, state = key:lower():match("^job:(.+)$"), value:match("^(.*)|(%l+)$")
    if id and state then found[#found + 1] = { id = id, title = title, state = state } end
    index = index + 1
  end
end

function lib.recall(project, key)
  local _, value = reaper.GetProjExtState(project, EXT, key)
  return value
end

function lib.note(project, key, value)
  reaper.SetProjExtState(project, EXT, key, value)
end

return lib
