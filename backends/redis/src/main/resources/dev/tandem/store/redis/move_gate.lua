-- C: 'p', the epoch that is expected or -1 for any lower, epoch and code and policy of the gate that is wanted.
local expected, epoch, code, policy = C[2], C[3], C[4], C[5]
local was, held = M[GATE], got[2] or ''
local isDone = M[M_EPOCH] == epoch and was == code and held == policy
if isDone or M[M_EPOCH] >= epoch or expected >= 0 and M[M_EPOCH] ~= expected then
  return answer({ 16, 0, 0, isDone and 1 or 0, M[M_EPOCH], was, held })
end
if was == MIRROR and code % OUTBOX == AUTHORITY then
  M[LAST] = M[LAST] + 1
  news = { M[LAST], '' }
else
  -- Watchers are told by an entry beside that of the last version: a move has no version.
  redis.call('XADD', S, string.format('%d-%d', M[LAST], epoch), E[WRITER], '')
end
if was == MIRROR and code ~= MIRROR then
  M[FORGOTTEN] = M[LAST]
end
M[M_EPOCH], M[GATE] = epoch, code
sets = { 'p', policy }
commit()
if was > OUTBOX and code < OUTBOX then
  redis.call('UNLINK', O)
end
return answer({ 16, 0, 0, 1, epoch, code, policy })
