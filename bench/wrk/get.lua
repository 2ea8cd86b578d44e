-- path, first, last: the path, with the numbers from first to last in turn where it says %d. No two threads
-- ask for the same one until all have had their turn.
dofile("shared.lua")

local THREADS = 2
local path, first, last

function init(args)
  path, first, last = args[1], tonumber(args[2]), tonumber(args[3])
end

function request()
  local number = first + (sent * THREADS + thread_number - 1) % (last - first + 1)
  sent = sent + 1
  return wrk.format("GET", string.format(path, number), headers)
end
