-- The beginning of every command: who asks, what the namespace is at, and whether it may be written at all.
-- Strings are never compared with < here: Redis compares them by the locale of its process.
local H, Z, S = KEYS[1], KEYS[2], KEYS[3]
local AT, ERA, FLOOR, CHECK, WRITER, CHANGES_MAX = 1, 2, 3, 4, 5, 6
local REQUEST, BODY_HASH, KEEP, VERB = 7, 8, 9, 10
local E = cmsgpack.unpack(ARGV[1])
local C = cmsgpack.unpack(ARGV[2])
-- C[1] is the field of the record that the command is about; empty for a command on many.
local field = C[1]

-- The namespace's own record: what is known of it as a whole.
local LAYOUT, M_ERA, LAST, TIME, FORGOTTEN, COUNTS, LEASES, SUSPECT, ACCEPTED = 1, 2, 3, 4, 5, 5, 11, 12, 13
local got
if E[REQUEST] then
  got = redis.call('HMGET', H, 'm', field, 'r' .. E[REQUEST])
else
  got = redis.call('HMGET', H, 'm', field)
end
local M
if got[1] then
  local isRead, meta = pcall(cmsgpack.unpack, got[1])
  if not isRead or type(meta) ~= 'table' or type(meta[LAYOUT]) ~= 'number' then
    return { 11 }
  end
  if meta[LAYOUT] ~= 1 then
    return { 10, meta[LAYOUT] }
  end
  M = meta
else
  -- LAYOUT, ERA, LAST, TIME, FORGOTTEN, five COUNTS, LEASES, SUSPECT, ACCEPTED
  M = { 1, E[WRITER], 0, 0, 0, 0, 0, 0, 0, 0, 0, false, {} }
end

-- Has the server forgotten what it had acknowledged? Then nobody writes until an operator has decided.
if not M[SUSPECT] then
  local lost
  local era = E[ERA]
  if era == '' then
    -- The first command of this sidecar: are these our keys at all?
    local index, stream = redis.call('TYPE', Z).ok, redis.call('TYPE', S).ok
    if index ~= 'zset' and index ~= 'none' or stream ~= 'stream' and stream ~= 'none' then
      return { 11 }
    elseif not got[1] and (index ~= 'none' or stream ~= 'none') then
      lost = 0
    end
  elseif era ~= M[M_ERA] then
    lost = E[FLOOR]
    for i = 1, #M[ACCEPTED] do
      if M[ACCEPTED][i] == era then
        lost = nil
      end
    end
  elseif M[LAST] < E[FLOOR] then
    lost = E[FLOOR]
  elseif E[CHECK] > 0 then
    -- The entry of a version tells whose it is. One that was trimmed can't be asked.
    local id = string.format('%d-0', E[CHECK])
    local entry = redis.call('XRANGE', S, id, id)[1]
    if entry then
      lost = entry[2][1] ~= E[WRITER] and E[CHECK] or nil
    else
      local first = redis.call('XRANGE', S, '-', '+', 'COUNT', 1)[1]
      if not first or tonumber(string.match(first[1], '^%d+')) < E[CHECK] then
        lost = E[CHECK]
      end
    end
  end
  if lost then
    M[SUSPECT] = { lost, M[LAST], E[AT], era }
    redis.call('HSET', H, 'm', cmsgpack.pack(M))
  end
end
if M[SUSPECT] then
  return { 9, M[SUSPECT][1], M[SUSPECT][2], M[SUSPECT][3] }
end

local at = E[AT]
local isMoved = at > M[TIME]
if isMoved then
  M[TIME] = at
else
  at = M[TIME]
end
