-- C: '', the version behind which to go on, then field, record, field, record.. Records are as they are stored.
local last, to = M[LAST], math.max(M[LAST], C[2])
local time = at
local isChanged = false

-- What follows writes a record if it is newer than raw, which is what there is; and says whether it was.
local kinds = {}

function kinds.t(id, record, raw)
  local before = raw and read(raw)
  local tombstone = raw and before == nil and cmsgpack.unpack(raw)
  local version = record[VERSION]
  to = math.max(to, version)
  if version <= (before and before[VERSION] or tombstone and tombstone[2] or 0) then
    return false
  end
  if tombstone then
    rems[#rems + 1] = struct.pack('>BI6I7c0', 116, tombstone[3], tombstone[2], id)
  end
  -- These give the next version and the time of the command; here it is the record's own.
  M[LAST] = version - 1
  if record[1] == 1 then
    put(id, record, before and entries(id, before), before and before[STATE])
  else
    at = record[3]
    bury(id, before)
    at = time
  end
  M[LAST] = last
  news = {}
  isChanged = true
  return true
end

function kinds.l(scope, record, raw)
  local before = raw and cmsgpack.unpack(raw)
  to = math.max(to, record[4])
  if before and record[4] <= before[4] then
    return false
  end
  if before then
    rems[#rems + 1] = before[6] ~= record[6] and struct.pack('>BI6c0', 108, before[6], scope) or nil
  else
    M[LEASES] = M[LEASES] + 1
    adds[#adds + 1] = '0'
    adds[#adds + 1] = 'k' .. scope
  end
  adds[#adds + 1] = '0'
  adds[#adds + 1] = struct.pack('>BI6c0', 108, record[6], scope)
  return true
end

-- Puts into one record of a request what either touched. Says whether that is more than there was.
local function join(before, record)
  local touched, place = before[6], {}
  local isMore = record[4] > before[4] or record[5] > before[5]
  for i = 1, #touched, 2 do
    place[touched[i]] = i
  end
  for i = 1, #record[6], 2 do
    local name, version = record[6][i], record[6][i + 1]
    local at = place[name]
    if not at then
      at = #touched + 1
      place[name] = at
      touched[at], touched[at + 1] = name, version
      isMore = true
    elseif version > touched[at + 1] then
      touched[at + 1] = version
      isMore = true
    end
  end
  record[4], record[5], record[6] = math.max(before[4], record[4]), math.max(before[5], record[5]), touched
  return isMore
end

function kinds.r(id, record, raw)
  local before = raw and cmsgpack.unpack(raw)
  if before then
    local isMore
    if before[2] == record[2] and before[3] == record[3] then
      isMore = join(before, record)
    else
      isMore = record[5] > before[5]
    end
    if not isMore then
      return false
    end
    rems[#rems + 1] = before[5] ~= record[5] and struct.pack('>BI6c0', 113, before[5], id) or nil
  end
  adds[#adds + 1] = '0'
  adds[#adds + 1] = struct.pack('>BI6c0', 113, record[5], id)
  return true
end

local fields, count = {}, 0
for i = 3, #C, 2 do
  count = count + 1
  fields[count] = C[i]
end
local raws = count > 0 and redis.call('HMGET', H, unpack(fields)) or {}
for i = 1, count do
  if raws[i] then
    local isRead, record = pcall(cmsgpack.unpack, raws[i])
    local letter = string.sub(fields[i], 1, 1)
    if not isRead or type(record) ~= 'table' or letter == 't' and read(raws[i]) == false then
      return answer({ 8, 0, 0 })
    end
  end
end
local applied = 0
local written = {}
local codes = { t = '\1', l = '\3', r = '\4' }
for i = 1, count do
  local name, raw = fields[i], raws[i]
  if written[name] then
    -- An entry of the index may not be added and taken away at once.
    commit()
    raw = redis.call('HGET', H, name)
  end
  local record = cmsgpack.unpack(C[2 * i + 2])
  local letter = string.sub(name, 1, 1)
  if kinds[letter](string.sub(name, 2), record, raw) then
    applied = applied + 1
    written[name] = true
    if letter ~= 't' then
      sets[#sets + 1] = name
      sets[#sets + 1] = cmsgpack.pack(record)
    end
    if outs then
      outs[#outs + 1] = letter == 'r' and to or record[letter == 'l' and 4 or VERSION]
      outs[#outs + 1] = codes[letter] .. string.sub(name, 2)
    end
  end
end
if isChanged and to == last then
  -- A reader of changes that has come to the end must be found out, too.
  to = to + 1
end
if to > last then
  M[LAST] = to
  if M[GATE] ~= MIRROR then
    M[FORGOTTEN] = to
  end
  news = { to, '' }
end
return answer({ 13, 0, 0, applied })
