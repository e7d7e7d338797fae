-- What a command is going to write, and the one place that writes it. All reading and deciding comes before: a script
-- that fails half way keeps what it has lastWritten.
local adds, rems, sets, dels, news = {}, {}, {}, {}, {}
-- For the outbox, if there is one: version, kind and name, version.. Those of tasks are made of news.
local outs = M[GATE] > OUTBOX and {}

local function send(command, key, arguments)
  local count = #arguments
  if count == 0 then
    return
  end
  -- unpack() takes no more than some thousand values.
  for i = 1, count, 2000 do
    redis.call(command, key, unpack(arguments, i, math.min(i + 1999, count)))
  end
end

-- The stream comes first: it refuses a version that is not new, and a full server refuses the first write only.
local lastWritten = 0
local isThere = got[1]
local function commit()
  if #news > 0 then
    lastWritten = M[LAST]
  end
  for i = 1, outs and #news or 0, 2 do
    if news[i + 1] ~= '' then
      outs[#outs + 1] = news[i]
      outs[#outs + 1] = '\1' .. news[i + 1]
    end
  end
  for i = 1, #news, 2 do
    if news[i] % 64 == 0 then
      redis.call('XADD', S, 'MAXLEN', '~', E[CHANGES_MAX], string.format('%d-0', news[i]), E[WRITER], news[i + 1])
    else
      redis.call('XADD', S, string.format('%d-0', news[i]), E[WRITER], news[i + 1])
    end
  end
  if isMoved or #news > 0 or #sets > 0 or #rems > 0 or #dels > 0 then
    sets[#sets + 1] = 'm'
    sets[#sets + 1] = struct.pack(META, unpack(M, 1, 15))
    send('HSET', H, sets)
    send('HDEL', H, dels)
    -- Never empty in between: a node whose slot moves away would refuse the next access to a key that is gone.
    send('ZADD', Z, adds)
    send('ZREM', Z, rems)
    if outs then
      send('ZADD', O, outs)
      outs = {}
    end
    adds, rems, sets, dels, news = {}, {}, {}, {}, {}
    isMoved = false
    isThere = true
  end
end

-- Ends the script with { kind, the counter of versions, the version that this command wrote or 0, .. }. A caller that
-- did not know the era is told it, once there is one.
local function answer(reply)
  commit()
  reply[2], reply[3] = M[LAST], lastWritten
  if E[ERA] ~= M[M_ERA] and isThere then
    return { 100, M[M_ERA], reply }
  end
  return reply
end

local function rejected(reason, message, record, lease)
  return answer({ 7, 0, 0, reason, message, record or false, lease or false })
end

-- Ends a command that was applied, and remembers it if it carries a request id. touched: id, version, id, version..
local function applied(reply, touched, count)
  if R then
    local forget = at + R[KEEP]
    if got[3] then
      local old = cmsgpack.unpack(got[3])
      if old[5] ~= forget then
        rems[#rems + 1] = struct.pack('>BI6c0', 113, old[5], R[REQUEST])
      end
    end
    sets[#sets + 1] = 'r' .. R[REQUEST]
    sets[#sets + 1] = cmsgpack.pack({ 4, R[BODY_HASH], R[VERB], count or 0, forget, touched })
    adds[#adds + 1] = '0'
    adds[#adds + 1] = struct.pack('>BI6c0', 113, forget, R[REQUEST])
    if outs then
      outs[#outs + 1] = M[LAST]
      outs[#outs + 1] = '\4' .. R[REQUEST]
    end
  end
  return answer(reply)
end

-- A request that was applied before is answered from what its records are now.
if R and got[3] then
  local seen = cmsgpack.unpack(got[3])
  if seen[5] > at then
    local verb, touched = R[VERB], seen[6]
    if seen[2] ~= R[BODY_HASH] or seen[3] ~= verb then
      return rejected(9, 'the request id was used for another command')
    elseif verb == 12 then
      local reply = { 4, 0, 0, 0, {} }
      for i = 1, #touched, 2 do
        local raw = redis.call('HGET', H, 't' .. touched[i])
        local isRead, task = pcall(cmsgpack.unpack, raw)
        if isRead and type(task) == 'table' and task[1] == 1 and task[18] and task[18][2] == touched[i + 1] then
          reply[#reply + 1] = touched[i]
          reply[#reply + 1] = raw
        end
      end
      return answer(reply)
    elseif verb == 13 or verb == 14 then
      return answer({ 5, 0, 0, 0, seen[4], 0, {} })
    elseif verb == 11 then
      return answer({ 3, 0, 0, touched[2], touched[1] })
    elseif verb >= 15 then
      local raw = redis.call('HGET', H, 'l' .. touched[1])
      if raw and cmsgpack.unpack(raw)[3] == touched[2] then
        return answer({ 6, 0, 0, raw })
      end
      return rejected(6, 'the lease was granted, and taken over since', false, raw)
    end
    local raw = redis.call('HGET', H, 't' .. touched[1])
    local task = raw and cmsgpack.unpack(raw)
    if task and task[1] == 1 then
      return answer({ 2, 0, 0, raw, touched[1] })
    end
    return rejected(1, 'the command was applied, and the task deleted since')
  end
end
