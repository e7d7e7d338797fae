-- The usual create, of a task that was never there, has no labels and no parts, and goes into no outbox. It is written straight on: a script's
-- functions are made anew at each call, which would take as long as all of this.
-- C: field, delay, due, what stands before the due time in the queue's index or '', whether it has no labels and parts
-- ARGV[4]: the record from its queue on.
local id, due = string.sub(field, 2), math.max(C[3], at + C[2])
local version = M[LAST] + 1
-- 0xdc, 0xcf: MessagePack's marks of an array, and of a number of 8 bytes. 1, 0: ENQUEUED, no attempts.
local raw = struct.pack(
  '>BI2BBI8BBBI8BI8BI8BB', 0xdc, 21, 1, 0xcf, version, 1, 0, 0xcf, at, 0xcf, at, 0xcf, due, 0, 0) .. ARGV[4]
if C[5] and not got[2] and not got[3] and version % 64 ~= 0 and E[ERA] == M[M_ERA] and M[GATE] < OUTBOX then
  redis.call('XADD', S, string.format('%d-0', version), E[WRITER], id)
  M[LAST] = version
  M[COUNTS + 1] = M[COUNTS + 1] + 1
  local meta = struct.pack(META, unpack(M, 1, 15))
  local sets = { 'm', meta, field, raw }
  local adds = { '0', struct.pack('>BBI6', 83, 1, at) .. id }
  if C[4] ~= '' then
    adds[3], adds[4] = '0', C[4] .. struct.pack('>I6', due) .. id
  end
  if R then
    local forget = at + R[KEEP]
    sets[5] = 'r' .. R[REQUEST]
    sets[6] = cmsgpack.pack({ 4, R[BODY_HASH], R[VERB], 0, forget, { id, version } })
    adds[#adds + 1] = '0'
    adds[#adds + 1] = struct.pack('>BI6', 113, forget) .. R[REQUEST]
  end
  redis.call('HSET', H, unpack(sets))
  redis.call('ZADD', Z, unpack(adds))
  return { 12, version, version, at }
end
