-- Tracks and items of deliveries: found again by what was saved in them, else by name, else made.
local tracks = {}

local EXT = "P_EXT:stepbridge"
local FOLDER = "stepbridge"
local ONE_SAMPLE = 1 / 44100

local function ext_of(track)
  local _, value = reaper.GetSetMediaTrackInfo_String(track, EXT, "", false)
  return value
end

local function set_text(track, key, value)
  reaper.GetSetMediaTrackInfo_String(track, key, value, true)
end

local function depth(track)
  return math.floor(reaper.GetMediaTrackInfo_Value(track, "I_FOLDERDEPTH"))
end

-- Returns whether nothing of the musician's own lies on a track between two times.
local function is_free(track, start, stop)
  for index = 0, reaper.CountTrackMediaItems(track) - 1 do
    local item = reaper.GetTrackMediaItem(track, index)
    local position = reaper.GetMediaItemInfo_Value(item, "D_POSITION")
    local is_before = position + reaper.GetMediaItemInfo_Value(item, "D_LENGTH") <= start + ONE_SAMPLE
    local _, mark = reaper.GetSetMediaItemInfo_String(item, EXT, "", false)
    if mark == "" and not is_before and position < stop - ONE_SAMPLE then return false end
  end
  return true
end

local function each_track(project, fn)
  for index = 0, reaper.CountTracks(project) - 1 do
    local found = fn(reaper.GetTrack(project, index), index)
    if found then return found end
  end
end

-- Returns the track that was made or chosen for a role before.
local function by_saved_role(project, role)
  return each_track(project, function(track)
    return ext_of(track) == role and track
  end)
end

-- Returns a track of this name that serves nothing else of ours and has room.
local function by_name(project, role, start, stop)
  return each_track(project, function(track)
    local _, name = reaper.GetTrackName(track)
    local is_meant = name:lower() == role:lower() and ext_of(track) == "" and depth(track) < 1
    return is_meant and is_free(track, start, stop) and track
  end)
end

local function insert(project, index, name)
  reaper.InsertTrackAtIndex(index, false)
  local track = reaper.GetTrack(project, index)
  set_text(track, "P_NAME", name)
  set_text(track, EXT, name)
  return track
end

-- Returns the index of our folder track (also the one of the project template); made at the end where there is none.
local function folder_index(project)
  for index = 0, reaper.CountTracks(project) - 1 do
    local track = reaper.GetTrack(project, index)
    local _, name = reaper.GetTrackName(track)
    if ext_of(track) == FOLDER or (name == FOLDER and depth(track) == 1) then return index end
  end
  local index = reaper.CountTracks(project)
  insert(project, index, FOLDER)
  return index
end

-- Returns a new last child of our folder. I_FOLDERDEPTH says by how much the nesting changes after a track: the last child
-- so far hands the closing of the folder (and of folders around it) over to the new one.
local function add_child(project, name)
  local last = folder_index(project)
  local level = depth(reaper.GetTrack(project, last))
  while level >= 1 and last + 1 < reaper.CountTracks(project) do
    last = last + 1
    level = level + depth(reaper.GetTrack(project, last))
  end
  if level < 1 then
    local track = reaper.GetTrack(project, last)
    reaper.SetMediaTrackInfo_Value(track, "I_FOLDERDEPTH", depth(track) + 1 - level)
  end
  local child = insert(project, last + 1, name)
  reaper.SetMediaTrackInfo_Value(child, "I_FOLDERDEPTH", math.min(level, 0) - 1)
  return child
end

-- Returns the track for a role such as "lead" or "lead MIDI", with room between two times.
function tracks.track(project, role, start, stop)
  local track = by_saved_role(project, role) or by_name(project, role, start, stop) or add_child(project, role)
  set_text(track, EXT, role)
  return track
end

-- Returns the item that an earlier delivery of the same section made on a track and that still is where it was put.
local function item_of(track, mark, start)
  for index = 0, reaper.CountTrackMediaItems(track) - 1 do
    local item = reaper.GetTrackMediaItem(track, index)
    local _, saved = reaper.GetSetMediaItemInfo_String(item, EXT, "", false)
    local position = reaper.GetMediaItemInfo_Value(item, "D_POSITION")
    if saved == mark and math.abs(position - start) < ONE_SAMPLE then return item end
  end
end

local function new_item(track, place)
  local item = reaper.AddMediaItemToTrack(track)
  for key, value in pairs({
    D_POSITION = place.start,
    D_LENGTH = place.length,
    B_LOOPSRC = 0,
    C_BEATATTACHMODE = place.attach,
    D_FADEINLEN = 0,
    D_FADEOUTLEN = 0,
  }) do
    reaper.SetMediaItemInfo_Value(item, key, value)
  end
  reaper.GetSetMediaItemInfo_String(item, EXT, place.mark, true)
  return item
end

-- Puts a file on a track at place {start, length (seconds), attach, mark}: a take of the item that is there for the same
-- section, else a new item. Returns its source. (InsertMedia is not used: it asks questions and strays from the position.)
function tracks.put(track, place, path, name)
  local source = reaper.PCM_Source_CreateFromFileEx(path, false)
  if not source then error("cannot read " .. path, 0) end
  local item = item_of(track, place.mark, place.start) or new_item(track, place)
  if reaper.GetMediaItemInfo_Value(item, "D_LENGTH") < place.length then -- a tail that rings longer than the last one
    reaper.SetMediaItemInfo_Value(item, "D_LENGTH", place.length)
  end
  local take = reaper.AddTakeToMediaItem(item)
  reaper.SetMediaItemTake_Source(take, source)
  reaper.GetSetMediaItemTakeInfo_String(take, "P_NAME", name, true)
  reaper.SetActiveTake(take)
  return source
end

return tracks
