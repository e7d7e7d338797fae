-- C: field, token, delay
local refused = refuseToFinish(ENQUEUED, C[2])
if refused then
  return refused
end
r[ATTEMPTS] = math.max(0, r[ATTEMPTS] - 1)
r[DUE] = at + C[3]
r[LEASE] = false
r[PROGRESS] = false
move(r, ENQUEUED)
return changed()
