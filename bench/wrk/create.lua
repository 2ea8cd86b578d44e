-- prefix, first recipient, recipients: new payouts; every tenth request repeats one that was sent shortly before.
dofile("shared.lua")

local REPEAT_EVERY, BACK = 10, 45 -- 45 before a repeat stands no other repeat
local prefix, first_recipient, recipients

function init(args)
  prefix, first_recipient, recipients = args[1], tonumber(args[2]), tonumber(args[3])
end

function request()
  sent = sent + 1
  local number = sent
  if sent > BACK and sent % REPEAT_EVERY == 0 then number = sent - BACK end
  return create(prefix, number, first_recipient, recipients)
end
