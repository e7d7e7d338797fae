-- How a task is written, with the entries of the index that it is found by.
-- All entries of the index that a record has. Each begins with a letter and ends with the id:
-- S state, created   D queue, priority downwards, due   E lease's end   F state, finish   R end of retention
-- L label, value, created   N node, created
-- The first three places are for S, for D or E or F, and for R; an empty one is false.
local function entries(id, r)
  local state, created = r[STATE], r[CREATED]
  local list = { struct.pack('>BBI6c0', 83, state, created, id), false, false }
  if state == ENQUEUED then
    if r[QUEUE] ~= '' then
      list[2] = struct.pack('>BI2c0I2I6c0', 68, #r[QUEUE], r[QUEUE], 32767 - r[PRIORITY], r[DUE], id)
    end
  elseif state == PROCESSING then
    if r[LEASE] then
      list[2] = struct.pack('>BI6c0', 69, r[LEASE][EXPIRES], id)
    end
  else
    list[2] = struct.pack('>BBI6c0', 70, state, r[FINISHED], id)
    list[3] = struct.pack('>BI6c0', 82, r[FINISHED] + r[RETENTION], id)
  end
  local labels = r[LABELS]
  if labels then
    for i = 1, #labels, 2 do
      list[#list + 1] =
        struct.pack('>BI2c0I2c0I6c0', 76, #labels[i], labels[i], #labels[i + 1], labels[i + 1], created, id)
    end
  end
  local parts = r[PARTS]
  if parts then
    for i = 1, #parts, 6 do
      list[#list + 1] = struct.pack('>BI2c0I6c0', 78, #parts[i], parts[i], created, id)
    end
  end
  return list
end

-- Writes a record, which gets the next version; was and from are the entries and the state that it had before. An entry
-- is never both added and taken away, not even if it has changed its place: what is taken away comes last.
local function put(id, r, was, from)
  local version = M[LAST] + 1
  M[LAST] = version
  r[VERSION] = version
  local now = entries(id, r)
  for i = 1, 3 do
    local old = was and was[i]
    if old ~= now[i] then
      if old then
        rems[#rems + 1] = old
      end
      if now[i] then
        adds[#adds + 1] = '0'
        adds[#adds + 1] = now[i]
      end
    end
  end
  if #now > 3 or was and #was > 3 then
    local gone = {}
    for i = 4, was and #was or 0 do
      gone[was[i]] = true
    end
    for i = 4, #now do
      if gone[now[i]] then
        gone[now[i]] = nil
      else
        adds[#adds + 1] = '0'
        adds[#adds + 1] = now[i]
      end
    end
    for entry in pairs(gone) do
      rems[#rems + 1] = entry
    end
  end
  if was then
    M[COUNTS + from] = M[COUNTS + from] - 1
  end
  M[COUNTS + r[STATE]] = M[COUNTS + r[STATE]] + 1
  local raw = cmsgpack.pack(r)
  sets[#sets + 1] = 't' .. id
  sets[#sets + 1] = raw
  news[#news + 1] = version
  news[#news + 1] = id
  return raw
end

-- Replaces a record by a tombstone, which gets the next version. r is false for a record that can't be read.
local function bury(id, r)
  local version = M[LAST] + 1
  M[LAST] = version
  if r then
    local was = entries(id, r)
    for i = 1, #was do
      if was[i] then
        rems[#rems + 1] = was[i]
      end
    end
    M[COUNTS + r[STATE]] = M[COUNTS + r[STATE]] - 1
  end
  sets[#sets + 1] = 't' .. id
  sets[#sets + 1] = cmsgpack.pack({ 2, version, at })
  adds[#adds + 1] = '0'
  adds[#adds + 1] = struct.pack('>BI6I7c0', 116, at, version, id)
  news[#news + 1] = version
  news[#news + 1] = id
  return version
end
