-- One delivery: is it whole, where does it belong, and putting it there.
return function(lib)
  local tracks = dofile(lib.here .. "stepbridge_tracks.lua")
  local delivery = {}

  local BYTES = { ["16"] = 2, ["24"] = 3, ["32f"] = 4 }

  local function audio_files(manifest)
    local files = {}
    for _, stem in ipairs(manifest.stems) do
      files[#files + 1] = stem
      if stem.tail then files[#files + 1] = stem.tail end
    end
    return files
  end

  -- Returns the manifest of a folder; nil and the reason while it is not all there, as on a drive that is being synchronised.
  function delivery.read(folder)
    local text = lib.read(folder .. "/manifest.json")
    if not text then return nil, "has no manifest.json yet" end
    local ok, manifest = pcall(lib.json.decode, text)
    if not ok then return nil, "manifest.json is " .. tostring(manifest) end
    if type(manifest) ~= "table" or manifest.schema ~= "stepbridge.take/1" then return nil, "is not of stepbridge.take/1" end
    for _, audio in ipairs(audio_files(manifest)) do
      local bytes = audio.format == "wav" and audio.frames * audio.channels * BYTES[manifest.bit_depth] or 1
      if (lib.size(folder .. "/" .. audio.file) or 0) < bytes then return nil, audio.file .. " is not all there" end
    end
    for _, midi in ipairs(manifest.midi) do
      if not lib.size(folder .. "/" .. midi.file) then return nil, midi.file .. " is missing" end
    end
    return manifest
  end

  function delivery.title(manifest)
    return ("%s, bar %d"):format(manifest.section.name, manifest.section.start_bar)
  end

  -- Returns where a section lies in a project. The manifest's sample counts, so that neighbours join to the sample, unless
  -- the project's own bar is elsewhere: then the bar does, and the second value says so.
  local function place(project, manifest)
    local section, rate = manifest.section, manifest.sample_rate_hz
    local bar, bar_qn = reaper.TimeMap_GetMeasureInfo(project, section.start_bar - 1)
    local bar_end = reaper.TimeMap2_QNToTime(project, bar_qn + section.beats)
    local start, length = section.start_sample / rate, section.frames / rate
    local problem
    if math.abs(start - bar) > 1 / rate then
      start = math.floor(bar * rate + 0.5) / rate
      problem = "the project's tempo before it has changed; it is put at its bar"
    end
    if math.abs(start + length - bar_end) > 2 / rate then
      problem = ("the project has another tempo or meter there; the sound is %.3f s long, the bars %.3f s"):format(
        length,
        bar_end - bar
      )
    end
    return { start = start, length = length, bar = bar, bar_length = bar_end - bar }, problem
  end

  local function put_audio(project, stem, folder, at, mark, name)
    local track = tracks.track(project, stem.part, at.start, at.start + at.length)
    local sources = {}
    local function put(file, start, length, kind)
      local where = { start = start, length = length, attach = 0, mark = mark .. kind }
      sources[#sources + 1] = tracks.put(track, where, folder .. "/" .. file, stem.part .. kind .. " " .. name)
    end
    put(stem.file, at.start, at.length, "")
    if stem.tail then put(stem.tail.file, at.start + at.length, stem.tail.frames / stem.tail.sample_rate_hz, " tail") end
    return sources
  end

  local function put_midi(project, midi, folder, at, mark, name)
    local role = midi.part .. " MIDI"
    local track = tracks.track(project, role, at.bar, at.bar + at.bar_length)
    local where = { start = at.bar, length = at.bar_length, attach = 1, mark = mark .. " MIDI" }
    tracks.put(track, where, folder .. "/" .. midi.file, midi.part .. " " .. name)
  end

  -- Puts a delivery on the timeline as one undo step. Returns its sources (whose peaks are still to be drawn) and what the
  -- musician should know (or nil); raises, with nothing changed, where a file cannot be read.
  function delivery.import(project, folder, manifest)
    local name = folder:match("[^/\\]+$")
    local section = manifest.section
    local mark = ("%d+%d @%d"):format(section.start_bar, section.bars, section.frames)
    local at, problem = place(project, manifest)
    local sources = {}
    local ok, failure = lib.undoable(project, "stepbridge: " .. name, function()
      for _, stem in ipairs(manifest.stems) do
        for _, source in ipairs(put_audio(project, stem, folder, at, mark, name)) do sources[#sources + 1] = source end
      end
      for _, midi in ipairs(manifest.midi) do
        if midi.part ~= "score" then put_midi(project, midi, folder, at, mark, name) end
      end
    end)
    if not ok then error(failure, 0) end
    return sources, problem
  end

  return delivery
end
