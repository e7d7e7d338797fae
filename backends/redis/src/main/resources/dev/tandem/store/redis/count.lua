-- C: prefixes, low, high, most looked at, what to filter by (five).
-- Reply: whether the walks are at their end, the key of the last entry looked at, then a count for each state.
local lookMax = C[4]
local walks = {}
for i = 1, #C[1] do
  walks[i] = walkOver(C[1][i], C[2], C[3], 128, false)
end
local fits = filterOf(C[5], C[6], C[7], C[8], C[9])
local reply = { 1, '', 0, 0, 0, 0, 0 }
local looked = 0
while true do
  local walk, key = first(walks, peek)
  if not walk then
    break
  elseif looked >= lookMax then
    reply[1] = 0
    break
  end
  walk.i = walk.i + 1
  looked = looked + 1
  if key ~= reply[2] then
    reply[2] = key
    local raw = redis.call('HGET', H, 't' .. string.sub(key, 7))
    local r = raw and read(raw)
    if r and fits(r) then
      reply[2 + r[STATE]] = reply[2 + r[STATE]] + 1
    end
  end
end
return reply
