-- Standard MIDI File bytes of notes in beats. (REAPER has no function that exports an item.)
local smf = {}

local TICKS = 960

local function variable_length(value)
  local bytes = string.char(value & 0x7F)
  while value > 0x7F do
    value = value >> 7
    bytes = string.char(value & 0x7F | 0x80) .. bytes
  end
  return bytes
end

local function tick(beat)
  return math.floor(beat * TICKS + 0.5)
end

local function meta(kind, data)
  return string.char(0xFF, kind) .. variable_length(#data) .. data
end

-- Returns a track chunk of {tick, order, bytes} events that ends at last_tick.
local function chunk(events, last_tick)
  for index, event in ipairs(events) do event.index = index end
  table.sort(events, function(a, b)
    if a.tick ~= b.tick then return a.tick < b.tick end
    if a.order ~= b.order then return a.order < b.order end
    return a.index < b.index
  end)
  local pieces, now = {}, 0
  for _, event in ipairs(events) do
    pieces[#pieces + 1] = variable_length(event.tick - now) .. event.bytes
    now = event.tick
  end
  pieces[#pieces + 1] = variable_length(math.max(0, last_tick - now)) .. meta(0x2F, "")
  return string.pack(">c4s4", "MTrk", table.concat(pieces))
end

local function conductor(meter, last_tick)
  local power = 0
  while 1 << power < meter.denominator do power = power + 1 end
  local bytes = string.char(meter.numerator, power, 24, 8)
  return chunk({ { tick = 0, order = 0, bytes = meta(0x58, bytes) } }, last_tick)
end

local function note_track(track, last_tick)
  local events = { { tick = 0, order = 0, bytes = meta(0x03, track.name) } }
  for _, note in ipairs(track.notes) do
    local start = tick(note.start_beat)
    local stop = math.max(start + 1, tick(note.start_beat + note.length_beats))
    local channel = note.channel & 0x0F
    events[#events + 1] = { tick = start, order = 2, bytes = string.char(0x90 | channel, note.pitch, note.velocity) }
    events[#events + 1] = { tick = stop, order = 1, bytes = string.char(0x80 | channel, note.pitch, 0) }
  end
  return chunk(events, last_tick)
end

-- Returns the bytes of a type 1 file: tracks {name, notes {start_beat, length_beats, pitch, velocity, channel}}, a meter
-- {numerator, denominator}, an exact end. Tempo is left to the request, whose numbers are not rounded to microseconds.
function smf.encode(tracks, meter, length_beats)
  local last_tick = tick(length_beats)
  local pieces = { string.pack(">c4I4I2I2I2", "MThd", 6, 1, #tracks + 1, TICKS), conductor(meter, last_tick) }
  for _, track in ipairs(tracks) do pieces[#pieces + 1] = note_track(track, last_tick) end
  return table.concat(pieces)
end

return smf
