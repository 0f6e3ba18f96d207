-- The requests that wrk sends: it goes round the addresses given, puts a city that it draws and a number that never
-- comes again where an address says so, and reports the times as JSON.
-- Arguments: file of addresses (one to a line, percent-encoded), file of cities, first number, formats accepted.

local rest, texts, cities, number
local CITY, NUMBER = "@CITY@", "@NUMBER@"

local function lines(file)
  local found = {}
  for line in io.lines(file) do found[#found + 1] = line end
  return found
end

-- Each text becomes a list of pieces, so that a request is made by joining alone.
local function pieces(text)
  local found, at = {}, 1
  while true do
    local first, last, mark = text:find("@(%u+)@", at)
    if not first then break end
    found[#found + 1] = text:sub(at, first - 1)
    found[#found + 1] = "@" .. mark .. "@"
    at = last + 1
  end
  found[#found + 1] = text:sub(at)
  return found
end



function init(args)
  texts = lines(args[1])
  for index, text in ipairs(texts) do texts[index] = pieces(text) end
  cities = lines(args[2])
  number = tonumber(args[3])
  math.randomseed(number)
  rest = " HTTP/1.1\r\nHost: " .. wrk.host .. ":" .. wrk.port
    .. "\r\nAccept: " .. args[4] .. "\r\nConnection: keep-alive\r\n\r\n"
end

function request()
  number = number + 1
  local text = texts[number % #texts + 1]
  local made = { "GET " }
  local city
  for _, piece in ipairs(text) do
    if piece == CITY then
      city = city or cities[math.random(#cities)]
      piece = city
    elseif piece == NUMBER then
      piece = tostring(number)
    end
    made[#made + 1] = piece
  end
  made[#made + 1] = rest
  return table.concat(made)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests": %d, "seconds": %.6f, "p50": %.4f, "p99": %.4f, "failed": %d}\n',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
end
