-- Sends the bodies of a file, one a line, in turn; prints the figures as JSON.
-- With "check" as the second argument every answer is looked at; that costs wrk time, so it is for warming up.
-- With "once" that, too, and no body is sent a second time: it fails if they do not last.
local requests, at, once, threads = {}, 0, false, {}
failed = 0

function setup(thread)
  table.insert(threads, thread)
end

function init(args)
  wrk.headers["content-type"] = "application/json"
  for line in io.lines(args[1]) do
    table.insert(requests, wrk.format("POST", nil, nil, line))
  end
  once = args[2] == "once"
  if once or args[2] == "check" then
    response = function(status, _, body)
      if status ~= 200 or not body:find('^{"data":%s*{') or body:find('"errors":', 1, true) then
        failed = failed + 1
      end
    end
  end
end

function request()
  if once and at == #requests then
    failed = failed + 1
  end
  at = at % #requests + 1
  return requests[at]
end

function done(summary, latency)
  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout + errors.status
  for _, thread in ipairs(threads) do
    lost = lost + thread:get("failed")
  end
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.6f,"bytes":%d,"failed":%d,"p50_ms":%.3f,"p99_ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, summary.bytes, lost,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
