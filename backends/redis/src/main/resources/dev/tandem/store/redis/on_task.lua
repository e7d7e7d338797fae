-- The beginning of a verb on one task: what there is of it.
local id = string.sub(field, 2)
local raw = got[2]
local r
if raw then
  r = read(raw)
  if r == false then
    return answer({ 8, 0, 0 })
  end
end
if not r then
  return rejected(1, 'there is no such task')
end

-- Ends a verb that has changed r.
local was, from = entries(id, r), r[STATE]
local function changed()
  local bytes = put(id, r, was, from)
  return applied({ 1, 0, 0, bytes }, { id, M[LAST] })
end

local function unchanged()
  return applied({ 2, 0, 0, raw }, { id, r[VERSION] })
end

local function isStale(expected)
  return expected ~= 0 and expected ~= r[VERSION]
end

local function stale()
  return rejected(3, 'the task was changed since; its etag is ' .. string.format('%d', r[VERSION]), raw)
end

local function nameOf(state)
  return ({ 'ENQUEUED', 'PROCESSING', 'SUCCEEDED', 'FAILED', 'CANCELED' })[state]
end

local function illegal(to)
  return rejected(4, 'the task is ' .. nameOf(r[STATE]) .. " and can't become " .. nameOf(to), raw)
end

local function leaseLost()
  local lease = r[LEASE]
  local why = 'it ran out'
  if not lease then
    why = 'the task is ' .. nameOf(r[STATE]) .. ' and has no lease'
  elseif at < lease[EXPIRES] then
    why = 'worker ' .. lease[WORKER] .. ' has it under another token'
  end
  return rejected(6, 'the lease is lost: ' .. why, raw)
end
