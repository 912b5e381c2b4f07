-- The script of the tablet's page in TouchOSC: buttons tell it when they are pressed, the daemon what becomes of a request.
local LIT, DARK = Color(0.18, 0.45, 0.82, 1), Color(0.2, 0.22, 0.28, 1)
local PLAYED = 'live' -- the clip of what was just played, midi.clip in config.yaml
local unpack = table.unpack or unpack
local chosen = {}
local job = ''

local function say(text)
  self.children.status.values.text = text
end

-- Lights the button of a choice, and no other one of its row.
local function choose(row, value)
  chosen[row] = value
  for index = 1, #self.children do
    local button = self.children[index]
    local its_row, its_value = button.name:match('^(%a+)=(.*)$')
    if its_row == row then button.color = its_value == value and LIT or DARK end
  end
end

local function generate()
  job = ('tablet-%d-%d'):format(os.time(), math.random(1000, 9999))
  local fields = { 'prompt', chosen.prompt, 'section', chosen.section, 'bars', tonumber(chosen.bars) }
  if chosen.melody ~= 'none' then
    sendOSC('/stepbridge/clip/stop', PLAYED)
    for _, field in ipairs({ 'clip', PLAYED, 'seed_mode', chosen.melody }) do fields[#fields + 1] = field end
  end
  self.children.progress.values.x = 0
  say('sent')
  sendOSC('/stepbridge/generate', job, unpack(fields))
end

local function cancel()
  if job == '' then return say('nothing is being made') end
  sendOSC('/stepbridge/cancel', job)
end

local heard = {
  accepted = function(id)
    job = id
    say('accepted')
  end,
  progress = function(_, fraction, stage)
    self.children.progress.values.x = fraction
    say(('%d %%  %s'):format(math.floor(100 * fraction + 0.5), stage))
  end,
  done = function(_, path)
    self.children.progress.values.x = 1
    job = ''
    say('done: ' .. path:match('([^/\\]+)[/\\][^/\\]*$'))
  end,
  cancelled = function()
    self.children.progress.values.x = 0
    job = ''
    say('cancelled')
  end,
  warning = function(_, text) say(text) end,
  error = function(_, _, text) say(text) end,
}

function init()
  math.randomseed(os.time())
  for row, value in self.tag:gmatch('(%a+)=([^;]+)') do choose(row, value) end
  sendOSC('/stepbridge/subscribe')
end

-- Called by a button, with its name.
function onReceiveNotify(key, name)
  if key ~= 'pressed' then return end
  local row, value = name:match('^(%a+)=(.*)$')
  if row ~= 'action' then return choose(row, value) end
  if value == 'generate' then generate() else cancel() end
end

function onReceiveOSC(message)
  local hear = heard[message[1]:match('^/stepbridge/(%a+)$')]
  if not hear then return false end
  local values = {}
  for index, argument in ipairs(message[2]) do values[index] = argument.value end
  hear(unpack(values))
  return true
end
