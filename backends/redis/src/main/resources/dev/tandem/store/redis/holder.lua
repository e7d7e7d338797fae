-- Whether the bearer of a token may move a task in hand on to a state: false, or the answer that says why not.
local function refuseToFinish(to, token)
  local lease = r[LEASE]
  if r[STATE] ~= PROCESSING then
    return token == 0 and illegal(to) or leaseLost()
  end
  if token ~= 0 and (not lease or token ~= lease[TOKEN] or at >= lease[EXPIRES]) then
    return leaseLost()
  elseif lease and token == 0 then
    return rejected(
      7, 'the task is claimed by worker ' .. lease[WORKER] .. '; only its lease token may do this', raw)
  elseif to == SUCCEEDED and r[PARTS] and sumOf(r[PARTS], r[STATE]) ~= SUCCEEDED then
    return rejected(10, 'a task with parts succeeds when each of its parts has succeeded', raw)
  end
  return false
end
