-- Where the daemon looks and delivers. `stepbridge install reaper` writes the folders of config.yaml in place of @…@;
-- without it the defaults of stepbridge hold. Edit freely.
local home = os.getenv("HOME") or os.getenv("USERPROFILE") or "."

local function set(value, default)
  return value:sub(1, 1) == "@" and default or value
end

return {
  inbox = set("@inbox@", home .. "/stepbridge/inbox"),
  outbox = set("@outbox@", home .. "/stepbridge/outbox"),
  command = set("@command@", "stepbridge"),
}
