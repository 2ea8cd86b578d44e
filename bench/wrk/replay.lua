-- prefix, first recipient, recipients, keys: repeats of what create.lua has sent under the same prefix.
dofile("shared.lua")

local prefix, first_recipient, recipients, keys

function init(args)
  prefix, first_recipient, recipients, keys = args[1], tonumber(args[2]), tonumber(args[3]), tonumber(args[4])
end

-- The numbers of repeats were never keys of their own; and wrk makes a first request that it never sends.
local function was_new(number) return number > 1 and (number <= 45 or number % 10 ~= 0) end

function request()
  local number
  repeat
    sent = sent + 1
    number = 1 + (sent - 1) % keys
  until was_new(number)
  return create(prefix, number, first_recipient, recipients)
end
