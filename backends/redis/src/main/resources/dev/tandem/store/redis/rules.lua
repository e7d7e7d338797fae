-- The moves of a record from state to state, line by line those of TaskRules. They change r in place, which put() then
-- writes: whoever may still refuse decides before.
local function move(r, state)
  if state < SUCCEEDED then
    r[FINISHED] = 0
  elseif r[STATE] ~= state then
    r[FINISHED] = at
  end
  r[STATE] = state
  r[UPDATED] = at
end

local function finish(r, state, result, error)
  r[LEASE] = false
  r[RESULT] = result
  r[ERROR] = error
  move(r, state)
end

local function giveUp(r, error)
  finish(r, FAILED, r[RESULT], error or r[ERROR])
end

-- How long to wait after so many attempts.
local function backoff(retry, attempts)
  local initial, most, permille = retry[2], retry[3], retry[4]
  local wait = math.min(initial, most)
  for _ = 2, attempts do
    if wait <= 0 or wait >= most or permille <= 1000 then
      break
    end
    local grown = math.min(most, math.floor(wait * permille / 1000))
    if grown == wait then
      break
    end
    wait = grown
  end
  return wait
end

local function tryAgain(r, error, failedAt)
  local retry = r[RETRY] or { 5, 1000, 60000, 2000 }
  if r[ATTEMPTS] >= retry[1] then
    return giveUp(r, error)
  end
  r[DUE] = failedAt + backoff(retry, r[ATTEMPTS])
  r[LEASE] = false
  r[PROGRESS] = false
  r[ERROR] = error
  move(r, ENQUEUED)
end

local function takeBack(r)
  local lease = r[LEASE]
  tryAgain(
    r, { 'LEASE_EXPIRED', 'worker ' .. lease[WORKER] .. ' did not renew its lease in time' }, lease[EXPIRES])
end

-- The state that the parts add up to; otherwise while none of them has begun.
local function sumOf(parts, otherwise)
  local allFinal, allSucceeded, begun = true, true, false
  for i = 3, #parts, 6 do
    local state = parts[i]
    if state == FAILED then
      return FAILED
    end
    allFinal = allFinal and state >= SUCCEEDED
    allSucceeded = allSucceeded and state == SUCCEEDED
    begun = begun or state ~= ENQUEUED
  end
  if allSucceeded then
    return SUCCEEDED
  elseif allFinal then
    return CANCELED
  end
  return begun and PROCESSING or otherwise
end
