-- The beginning of every query by script.
local H, Z, S, O = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local C = cmsgpack.unpack(ARGV[1])
local META = '>c2BBc12I7I6I7I6I6I6I6I6I6I7B'
-- A query by one policy is answered at its gate alone.
if ARGV[2] then
  local meta = redis.call('HGET', H, 'm')
  local epoch, code = 0, 1
  if meta then
    epoch, code = struct.unpack('>I7B', meta, 73)
  end
  if epoch ~= tonumber(ARGV[2]) then
    return { 'FENCED', epoch, code }
  end
end
