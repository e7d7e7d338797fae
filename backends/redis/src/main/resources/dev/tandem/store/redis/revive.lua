-- Back into the queue, at once.
local function enqueue(r, attempts, error)
  r[ATTEMPTS] = attempts
  r[DUE] = at
  r[LEASE] = false
  r[PROGRESS] = false
  r[RESULT] = ''
  r[ERROR] = error
  move(r, ENQUEUED)
end

-- Back to work after a final state: all attempts again, and the parts that did not succeed start over.
local function revive(r)
  local parts = r[PARTS]
  if parts then
    for i = 1, #parts, 6 do
      if parts[i + 2] ~= SUCCEEDED then
        parts[i + 1], parts[i + 2], parts[i + 3], parts[i + 4], parts[i + 5] = '', ENQUEUED, at, false, false
      end
    end
  end
  enqueue(r, 0, false)
end

local function canMove(one, other)
  if one == ENQUEUED then
    return other == PROCESSING or other == FAILED or other == CANCELED
  elseif one == PROCESSING then
    return other ~= PROCESSING
  end
  return one ~= SUCCEEDED and other == ENQUEUED
end
