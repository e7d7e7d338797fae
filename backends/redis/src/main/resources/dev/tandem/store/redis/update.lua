-- C: field, expected version, queue, kind, priority, payload, labels, retry, retention, due; false leaves alone.
if isStale(C[2]) then
  return stale()
end
local queue, kind, priority, payload, labels, retry, retention, due = C[3], C[4], C[5], C[6], C[7], C[8], C[9], C[10]
if r[STATE] >= SUCCEEDED and (queue or kind or priority or payload or retry) then
  return rejected(5, 'a finished task takes only new labels and another retention', raw)
elseif due and r[STATE] ~= ENQUEUED then
  return rejected(5, 'only an enqueued task can be rescheduled', raw)
end
local isChanged = false
local function set(field, value)
  if value ~= r[field] then
    r[field] = value
    isChanged = true
  end
end
-- Lists are equal when their bytes are: whoever sends them sorts them.
local function setList(field, value)
  if cmsgpack.pack(value) ~= cmsgpack.pack(r[field]) then
    r[field] = value
    isChanged = true
  end
end
if queue then set(QUEUE, queue) end
if kind then set(KIND, kind) end
if priority then set(PRIORITY, priority) end
if payload then set(PAYLOAD, payload) end
if retention then set(RETENTION, retention) end
if due then set(DUE, math.max(at, due)) end
if labels then setList(LABELS, #labels > 0 and labels) end
if retry then setList(RETRY, #retry > 0 and retry) end
if not isChanged then
  return unchanged()
end
r[UPDATED] = at
return changed()
