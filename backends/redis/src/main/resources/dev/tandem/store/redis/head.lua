-- The beginning of every command: who asks, what the namespace is at, and whether it may be written at all.
-- Strings are never compared with < here: Redis compares them by the locale of its process.
-- The outbox is named by those who know of it.
local H, Z, S, O = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local AT, FLOOR, CHECK, CHANGES_MAX, ERA, WRITER, EPOCH, ADMITTED = 1, 2, 3, 4, 5, 6, 7, 8
local E = { struct.unpack('>I6I7I7I4c12c12I7BBBB', ARGV[1]) }
-- C[1] is the field of the record that the command is about; empty for a command on many.
local C = cmsgpack.unpack(ARGV[2])
local field = C[1]
-- The request that the command belongs to, if any.
local REQUEST, BODY_HASH, KEEP, VERB = 1, 2, 3, 4
local R = ARGV[3] ~= '' and cmsgpack.unpack(ARGV[3])

-- The namespace's own record: what is known of it as a whole. COUNTS stand behind FORGOTTEN, one for each state. GATE is its
-- code. Once writes were LOST, it also says which: the missing version, the one found instead, when, and the era of who
-- asked.
local META = '>c2BBc12I7I6I7I6I6I6I6I6I6I7B'
local LAYOUT, LOST, M_ERA, LAST, TIME, FORGOTTEN, COUNTS, LEASES, M_EPOCH, GATE = 2, 3, 4, 5, 6, 7, 7, 13, 14, 15
-- Codes of gates: the roles, and what is added with an outbox.
local AUTHORITY, SEALED, MIRROR, OUTBOX = 1, 2, 3, 16
local got
if R then
  got = redis.call('HMGET', H, 'm', field, 'r' .. R[REQUEST])
else
  got = redis.call('HMGET', H, 'm', field)
end
local M
if got[1] then
  if string.sub(got[1], 1, 2) ~= 'TM' then
    return { 11 }
  elseif string.byte(got[1], 3) ~= 1 then
    return { 10, string.byte(got[1], 3) }
  elseif #got[1] < 80 then
    return { 11 }
  end
  M = { struct.unpack(META, got[1]) }
else
  M = { 'TM', 1, 0, E[WRITER], 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, AUTHORITY }
end

-- Has the server forgotten what it had acknowledged? Then nobody writes until an operator has decided.
if M[LOST] == 0 then
  local lost
  local era = E[ERA]
  if era == '------------' then
    -- The first command of this sidecar: are these our keys at all?
    local index, stream = redis.call('TYPE', Z).ok, redis.call('TYPE', S).ok
    local outbox = O and redis.call('TYPE', O).ok or 'none'
    if index ~= 'zset' and index ~= 'none'
      or stream ~= 'stream' and stream ~= 'none'
      or outbox ~= 'zset' and outbox ~= 'none' then
      return { 11 }
    elseif not got[1] and (index ~= 'none' or stream ~= 'none') then
      lost = 0
    end
  elseif era ~= M[M_ERA] then
    lost = E[FLOOR]
    local eras = redis.call('HGET', H, 'a')
    local accepted = eras and cmsgpack.unpack(eras)[2] or {}
    for i = 1, #accepted do
      if accepted[i] == era then
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
    M[LOST] = 1
    redis.call(
      'HSET', H, 'm', struct.pack(META, unpack(M, 1, 15)) .. cmsgpack.pack({ lost, M[LAST], E[AT], era }))
    return { 9, lost, M[LAST], E[AT] }
  end
else
  local loss = cmsgpack.unpack(string.sub(got[1], 81))
  return { 9, loss[1], loss[2], loss[3] }
end

-- Does the gate let it in? ADMITTED says 1 if any does, whatever its epoch. Behind it, one for each role, stands whether
-- a gate of that role does which is of the same epoch.
if E[ADMITTED] == 0 and (E[EPOCH] ~= M[M_EPOCH] or E[ADMITTED + M[GATE] % OUTBOX] ~= 1) then
  return { 14, M[M_EPOCH], M[GATE] }
elseif M[GATE] > OUTBOX and not O then
  return { 15 }
end
