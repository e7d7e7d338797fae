-- C: prefixes, low, high, backwards, limit, most looked at, most bytes, whether to filter, what by (five).
-- Reply: whether the walks are at their end, the key of the last entry looked at, then key, record, key, record..
-- A key is the creation time and the id.
local isBackwards, limit, lookMax, bytesMax = C[4], C[5], C[6], C[7]
local walks = {}
for i = 1, #C[1] do
  walks[i] = walkOver(C[1][i], C[2], C[3], math.min(limit + 1, 128), isBackwards)
end
local fits = C[8] and filterOf(C[9], C[10], C[11], C[12], C[13])
local reply = { 1, '' }
local looked, bytes, found = 0, 0, 0
while true do
  local walk, key = first(walks, peek)
  if not walk then
    break
  elseif found >= limit or looked >= lookMax or bytes >= bytesMax then
    reply[1] = 0
    break
  end
  walk.i = walk.i + 1
  looked = looked + 1
  if key ~= reply[2] then
    reply[2] = key
    local raw = redis.call('HGET', H, 't' .. string.sub(key, 7))
    if raw then
      local isFit = true
      if fits then
        local r = read(raw)
        isFit = r and fits(r)
      end
      if isFit then
        found = found + 1
        bytes = bytes + #raw
        reply[#reply + 1] = key
        reply[#reply + 1] = raw
      end
    end
  end
end
return reply
