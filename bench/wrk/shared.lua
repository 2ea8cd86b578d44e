-- What every script needs: whoever calls this is authenticated, answers are counted by status, and what wrk
-- has measured is printed as one line of JSON.

local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("thread_number", #threads)
end

headers = {
  ["Authorization"] = "Bearer " .. os.getenv("BENCH_API_KEY"),
  ["Content-Type"] = "application/json",
}
statuses = {}
sent = 0

function response(status)
  local name = tostring(status)
  statuses[name] = (statuses[name] or 0) + 1
end

-- The recipient follows from the key's number: a repeat asks for the same.
function create(prefix, number, first_recipient, recipients)
  local body = string.format(
    '{"recipient_id":%d,"amount":"10.00","currency":"USD","idempotency_key":"%s-%d-%d"}',
    first_recipient + number % recipients, prefix, thread_number, number)
  return wrk.format("POST", "/api/payouts/", headers, body)
end

function done(summary, latency, requests)
  local counted, least_sent = {}, math.huge
  for _, thread in ipairs(threads) do
    for status, times in pairs(thread:get("statuses")) do
      counted[status] = (counted[status] or 0) + times
    end
    least_sent = math.min(least_sent, thread:get("sent"))
  end
  local listed = {}
  for status, times in pairs(counted) do
    table.insert(listed, string.format('"%s": %d', status, times))
  end
  local errors = summary.errors
  io.write(string.format(
    '\n{"statuses": {%s}, "seconds": %f, "p50_ms": %f, "p99_ms": %f, "broken": %d, "least_sent": %d}\n',
    table.concat(listed, ", "), summary.duration / 1e6,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.timeout, least_sent))
end
