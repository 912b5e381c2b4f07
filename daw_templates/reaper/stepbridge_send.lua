-- stepbridge: send the selected MIDI and the time selection, region or items as a request.
-- Asks for the prompt, writes NAME.mid and NAME.json into the daemon's inbox; the import script brings the take back.
local here = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
local lib = dofile(here .. "stepbridge_lib.lua")
local song = dofile(here .. "stepbridge_song.lua")

local CAPTIONS = "Prompt (English or Chinese),Key (empty: heard),Melody: lock develop inspire free,Takes (1 to 16)"

-- Returns prompt, key, seed_mode and variations as typed; nil where the musician changed their mind.
local function ask(project, section, key)
  local last = lib.recall(project, "prompt"):gsub("\n", " ")
  local title = ("stepbridge: %s, %d bars from bar %d"):format(section.name or "section", section.bars, section.start_bar)
  local defaults = table.concat({ last, key or "", "lock", "1" }, "\n")
  local is_ok, answers = reaper.GetUserInputs(title, 4, CAPTIONS .. ",extrawidth=320,separator=\n", defaults)
  if not is_ok then return nil end
  local fields = {}
  for line in (answers .. "\n"):gmatch("([^\n]*)\n") do fields[#fields + 1] = line:match("^%s*(.-)%s*$") end
  lib.note(project, "prompt", fields[1])
  return { prompt = fields[1], key = fields[2], seed_mode = fields[3], variations = fields[4] }
end

-- Returns an id that no other request has, made of what people recognise; in lower case, as REAPER's memory may change case.
local function made_id(name, section)
  local words = (name .. "-" .. (section.name or "section")):lower():gsub("[^a-z0-9]+", "-"):sub(1, 30):gsub("^-+", "")
  local random = reaper.genGuid(""):gsub("[^%x]", ""):sub(1, 8):lower()
  return ("%s-b%d-%x-%s"):format(words:gsub("-+$", ""), section.start_bar, os.time(), random)
end

local function given(text)
  return text ~= "" and text or nil
end

local function request(project, section, answers)
  local name = lib.project_name(project)
  return {
    id = made_id(name, section),
    prompt = answers.prompt,
    section = section.name and lib.shortened(section.name),
    start_bar = section.start_bar,
    bars = section.bars,
    tempo = song.tempo(project, section),
    meter = ("%d/%d"):format(section.meter.numerator, section.meter.denominator),
    key = given(answers.key),
    seed_mode = given(answers.seed_mode),
    variations = tonumber(answers.variations) or given(answers.variations),
    project = name,
  }
end

-- Writes the files of a request; NAME.ready comes last and says that they are whole.
local function post(fields, clip)
  reaper.RecursiveCreateDirectory(lib.settings.inbox, 0)
  local path = lib.settings.inbox .. "/" .. fields.id
  if clip then lib.write(path .. ".mid", clip) end
  lib.write(path .. ".json", lib.json.encode(fields))
  lib.write(path .. ".ready", "")
end

local function send()
  local project = reaper.EnumProjects(-1)
  local items = song.midi_items(project)
  local section = song.section(project, items)
  if not section then return lib.complain("select MIDI items, or a time selection, or put the cursor into a region") end
  local tracks, length_beats = song.clip(project, items, section)
  if #items > 0 and #tracks == 0 then return lib.complain("the selected MIDI items have no notes in the section") end
  local answers = ask(project, section, song.key(items))
  if not answers then return end
  local fields = request(project, section, answers)
  lib.claim(fields.id)
  post(fields, #tracks > 0 and lib.smf.encode(tracks, section.meter, length_beats) or nil)
  local title = ("%s, bar %d"):format(section.name or "section", section.start_bar)
  lib.remember(project, fields.id, title, "sent")
  lib.say(title .. ": sent")
end

local ok, problem = pcall(send)
if not ok then lib.complain("nothing was sent: " .. tostring(problem)) end
