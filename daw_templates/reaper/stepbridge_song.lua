-- What a project says about a stretch of its timeline: section, tempo map, meter, and the notes of its MIDI items.
local song = {}

local EPSILON = 1e-6

local function measure_at(project, seconds)
  local _, measure = reaper.TimeMap2_timeToBeats(project, seconds)
  return measure
end

-- Returns the region that holds a time: name, start and end in seconds; nil where there is none.
local function region_at(project, seconds)
  local index, found = 0, nil
  while true do
    local next_index, is_region, start, stop, name = reaper.EnumProjectMarkers3(project, index)
    if next_index == 0 then return found end
    local is_inside = is_region and start <= seconds + EPSILON and seconds + EPSILON < stop
    if is_inside and not (found and found.start > start) then found = { name = name, start = start, stop = stop } end
    index = index + 1
  end
end

local function extent(items)
  local start, stop = math.huge, 0
  for _, item in ipairs(items) do
    local position = reaper.GetMediaItemInfo_Value(item, "D_POSITION")
    start = math.min(start, position)
    stop = math.max(stop, position + reaper.GetMediaItemInfo_Value(item, "D_LENGTH"))
  end
  return start, stop
end

-- Returns the stretch meant, in seconds, and the name of its region: time selection, else region, else the items.
local function stretch(project, items)
  local start, stop = reaper.GetSet_LoopTimeRange2(project, false, false, 0, 0, false)
  if stop - start > EPSILON then return start, stop, region_at(project, start) end
  local first = #items > 0 and extent(items) or reaper.GetCursorPositionEx(project)
  local region = region_at(project, first)
  if region then return region.start, region.stop, region end
  if #items > 0 then return extent(items) end
  return nil
end

-- Returns the selected items that hold MIDI.
function song.midi_items(project)
  local items = {}
  for index = 0, reaper.CountSelectedMediaItems(project) - 1 do
    local item = reaper.GetSelectedMediaItem(project, index)
    local take = reaper.GetActiveTake(item)
    if take and reaper.TakeIsMIDI(take) then items[#items + 1] = item end
  end
  return items
end

-- Returns the section meant, filled up to whole bars: name (nil without a region), start_bar from 1, bars, meter, start_qn
-- and end_qn (REAPER's quarter notes), start_beat (stepbridge's: bars before it in this meter). nil where nothing is meant.
function song.section(project, items)
  local start, stop, region = stretch(project, items)
  if not start then return nil end
  local measure = measure_at(project, start + EPSILON)
  local _, start_qn, _, numerator, denominator = reaper.TimeMap_GetMeasureInfo(project, measure)
  local bar_beats = numerator * 4 / denominator
  local stop_qn = reaper.TimeMap2_timeToQN(project, stop - EPSILON)
  local bars = math.max(1, math.ceil((stop_qn - start_qn) / bar_beats - EPSILON))
  return {
    name = region and region.name ~= "" and region.name or nil,
    start_bar = measure + 1,
    bars = bars,
    meter = { numerator = numerator, denominator = denominator },
    bar_beats = bar_beats,
    start_qn = start_qn,
    end_qn = start_qn + bars * bar_beats,
    start_beat = measure * bar_beats,
  }
end

-- Returns the quarter notes between which the tempo is to be measured: where it changes, and each one within a ramp.
local function tempo_points(project, from_qn, to_qn)
  local points, ramp_from = { [from_qn] = true, [to_qn] = true }, nil
  local function add(qn)
    if qn > from_qn + EPSILON and qn < to_qn - EPSILON then points[qn] = true end
  end
  local function add_ramp(upto)
    if not ramp_from then return end
    for qn = math.ceil(math.max(from_qn, ramp_from)), math.floor(math.min(to_qn, upto)) do add(qn) end
  end
  for index = 0, reaper.CountTempoTimeSigMarkers(project) - 1 do
    local _, seconds, _, _, _, _, _, is_linear = reaper.GetTempoTimeSigMarker(project, index)
    local qn = reaper.TimeMap2_timeToQN(project, seconds)
    qn = math.abs(qn - math.floor(qn + 0.5)) < EPSILON and math.floor(qn + 0.5) or qn
    add(qn)
    add_ramp(qn)
    ramp_from = is_linear and qn or nil
  end
  local sorted = {}
  for qn in pairs(points) do sorted[#sorted + 1] = qn end
  table.sort(sorted)
  return sorted
end

local function bpm_between(project, from_qn, to_qn)
  local seconds = reaper.TimeMap2_QNToTime(project, to_qn) - reaper.TimeMap2_QNToTime(project, from_qn)
  return math.floor(60e9 * (to_qn - from_qn) / seconds + 0.5) / 1e9
end

-- Adds the steps of a stretch to a list of {beat, bpm}, with shift added to its quarter notes; equal neighbours are one.
local function add_steps(steps, project, from_qn, to_qn, shift)
  local points = tempo_points(project, from_qn, to_qn)
  for index = 1, #points - 1 do
    local bpm = bpm_between(project, points[index], points[index + 1])
    if not (#steps > 0 and steps[#steps].bpm == bpm) then
      steps[#steps + 1] = { beat = points[index] + shift + 0.0, bpm = bpm }
    end
  end
end

-- Returns the tempo map up to the end of a section as {beat, bpm}. REAPER's own tempo numbers are not used: they count the
-- meter's beats, and ramps have none. Where the meter changes before the section, so that REAPER's quarter notes are not
-- stepbridge's beats, the way there becomes one tempo that arrives at the same second.
function song.tempo(project, section)
  local steps, shift = {}, section.start_beat - section.start_qn
  if math.abs(shift) < EPSILON then
    add_steps(steps, project, 0, section.end_qn, 0)
    return steps
  end
  local seconds = reaper.TimeMap2_QNToTime(project, section.start_qn)
  steps[1] = { beat = 0.0, bpm = math.floor(60e9 * section.start_beat / seconds + 0.5) / 1e9 }
  add_steps(steps, project, section.start_qn, section.end_qn, shift)
  return steps
end

-- Calls found(start_qn) for each time that a note of an item sounds: once, or in every round of a looped item.
local function rounds(item, take, start_qn, item_end_qn, found)
  found(start_qn)
  local length, is_qn = reaper.GetMediaSourceLength(reaper.GetMediaItemTake_Source(take))
  if reaper.GetMediaItemInfo_Value(item, "B_LOOPSRC") ~= 1 or not is_qn or length < EPSILON then return end
  for round = 1, math.floor((item_end_qn - start_qn) / length) do found(start_qn + round * length) end
end

local function add_item(notes, project, item, section)
  local take = reaper.GetActiveTake(item)
  local position = reaper.GetMediaItemInfo_Value(item, "D_POSITION")
  local from_qn = math.max(section.start_qn, reaper.TimeMap2_timeToQN(project, position))
  local item_end = position + reaper.GetMediaItemInfo_Value(item, "D_LENGTH")
  local to_qn = math.min(section.end_qn, reaper.TimeMap2_timeToQN(project, item_end))
  local _, count = reaper.MIDI_CountEvts(take)
  for index = 0, count - 1 do
    local _, _, is_muted, start_ppq, end_ppq, channel, pitch, velocity = reaper.MIDI_GetNote(take, index)
    local note_qn = reaper.MIDI_GetProjQNFromPPQPos(take, start_ppq)
    local length = reaper.MIDI_GetProjQNFromPPQPos(take, end_ppq) - note_qn
    rounds(item, take, note_qn, to_qn, function(qn)
      if is_muted or qn < from_qn - EPSILON or qn >= to_qn - EPSILON then return end
      notes[#notes + 1] = {
        start_beat = math.max(0, qn - section.start_qn),
        length_beats = math.min(length, to_qn - qn),
        pitch = pitch,
        velocity = velocity,
        channel = channel,
      }
    end)
  end
  return to_qn
end

-- Returns the notes of the items inside the section, by track ({name, notes}), and the beats up to the bar where they end.
-- Beats count from the start of the section.
function song.clip(project, items, section)
  local tracks, by_track, end_qn = {}, {}, section.start_qn
  for _, item in ipairs(items) do
    local media_track = reaper.GetMediaItem_Track(item)
    local number = reaper.GetMediaTrackInfo_Value(media_track, "IP_TRACKNUMBER")
    if not by_track[number] then
      local _, name = reaper.GetTrackName(media_track)
      by_track[number] = { name = name, notes = {} }
      tracks[#tracks + 1] = by_track[number]
    end
    end_qn = math.max(end_qn, add_item(by_track[number].notes, project, item, section))
  end
  local filled = {}
  for _, track in ipairs(tracks) do
    if #track.notes > 0 then filled[#filled + 1] = track end
  end
  local bars = math.ceil((end_qn - section.start_qn) / section.bar_beats - EPSILON)
  return filled, math.max(1, bars) * section.bar_beats
end

local NAMES = { [0] = "C", "C#", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B" }
local MAJOR, MINOR = 0xAB5, 0x5AD

-- Returns the key that the MIDI editor's key snap has for the first item, such as "D minor"; nil for other scales, and for
-- C major, which REAPER says where nobody has said anything.
function song.key(items)
  if #items == 0 then return nil end
  local is_known, root, scale = reaper.MIDI_GetScale(reaper.GetActiveTake(items[1]))
  if not is_known or not NAMES[root] or (root == 0 and scale == MAJOR) then return nil end
  if scale == MAJOR then return NAMES[root] .. " major" end
  return scale == MINOR and NAMES[root] .. " minor" or nil
end

return song
