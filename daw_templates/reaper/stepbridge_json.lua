-- JSON, as much as requests and manifests need. null becomes nil.
local json = {}

local NAMED = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(char)
    return NAMED[char] or ("\\u%04x"):format(char:byte())
  end) .. '"'
end

local function number(value)
  if math.type(value) == "integer" then return tostring(value) end
  local short = ("%.14g"):format(value)
  local text = tonumber(short) == value and short or ("%.17g"):format(value)
  return (text:gsub(",", ".")) -- some locales write a comma
end

-- Returns the text of a value: a table with [1] or without any key is an array, every other one an object, keys sorted.
function json.encode(value)
  local kind = type(value)
  if kind == "string" then return quoted(value) end
  if kind == "number" then return number(value) end
  if kind ~= "table" then return tostring(value) end
  local pieces = {}
  if value[1] ~= nil or next(value) == nil then
    for _, item in ipairs(value) do pieces[#pieces + 1] = json.encode(item) end
    return "[" .. table.concat(pieces, ", ") .. "]"
  end
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys)
  for _, key in ipairs(keys) do pieces[#pieces + 1] = quoted(key) .. ": " .. json.encode(value[key]) end
  return "{" .. table.concat(pieces, ", ") .. "}"
end

local ESCAPES = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }
local WORDS = { ["true"] = true, ["false"] = false }
local parse

local function wrong(text, at)
  error(("not JSON at byte %d: %q"):format(at, text:sub(at, at + 20)), 0)
end

local function skip(text, at)
  return text:find("[^ \t\r\n]", at) or #text + 1
end

local function code_point(text, at)
  local digits = text:match("^%x%x%x%x", at) or wrong(text, at)
  return tonumber(digits, 16), at + 4
end

local function escaped(text, at)
  local char = text:sub(at, at)
  if char ~= "u" then return ESCAPES[char] or wrong(text, at), at + 1 end
  local code, after = code_point(text, at + 1)
  if code >= 0xD800 and code < 0xDC00 and text:sub(after, after + 1) == "\\u" then
    local low
    low, after = code_point(text, after + 2)
    code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
  end
  return utf8.char(code), after
end

local function parse_string(text, at)
  local pieces, from = {}, at + 1
  while true do
    local stop = text:find('["\\]', from) or wrong(text, at)
    pieces[#pieces + 1] = text:sub(from, stop - 1)
    if text:sub(stop, stop) == '"' then return table.concat(pieces), stop + 1 end
    pieces[#pieces + 1], from = escaped(text, stop + 1)
  end
end

-- Calls read(at) → next position for each item between brackets, and returns the position after the closing one.
local function each(text, at, close, read)
  at = skip(text, at + 1)
  if text:sub(at, at) == close then return at + 1 end
  while true do
    at = skip(text, read(at))
    local char = text:sub(at, at)
    if char == close then return at + 1 end
    if char ~= "," then wrong(text, at) end
    at = skip(text, at + 1)
  end
end

local function parse_array(text, at)
  local values, count = {}, 0
  return values, each(text, at, "]", function(from)
    count = count + 1
    values[count], from = parse(text, from)
    return from
  end)
end

local function parse_object(text, at)
  local values = {}
  return values, each(text, at, "}", function(from)
    if text:sub(from, from) ~= '"' then wrong(text, from) end
    local key
    key, from = parse_string(text, from)
    from = skip(text, from)
    if text:sub(from, from) ~= ":" then wrong(text, from) end
    values[key], from = parse(text, skip(text, from + 1))
    return from
  end)
end

function parse(text, at)
  local char = text:sub(at, at)
  if char == "{" then return parse_object(text, at) end
  if char == "[" then return parse_array(text, at) end
  if char == '"' then return parse_string(text, at) end
  local word = text:match("^%a+", at)
  if word == "null" then return nil, at + 4 end
  if WORDS[word] ~= nil then return WORDS[word], at + #word end
  local digits = text:match("^-?%d[%d%.eE+-]*", at) or wrong(text, at)
  return tonumber(digits) or wrong(text, at), at + #digits
end

-- Returns the value of a text; raises where it is no JSON, as a file that is still being written.
function json.decode(text)
  local value, at = parse(text, skip(text, 1))
  if skip(text, at) <= #text then wrong(text, at) end
  return value
end

return json
