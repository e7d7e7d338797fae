-- The beginning of a verb on one leader's lease, line by line LeaseRules.
local HOLDER, L_TOKEN, L_VERSION, ACQUIRED, L_EXPIRES, L_DURATION = 2, 3, 4, 5, 6, 7
local scope = string.sub(field, 2)
local raw = got[2]
local lease
local was
if raw then
  local isRead, record = pcall(cmsgpack.unpack, raw)
  if not isRead or type(record) ~= 'table' or record[1] ~= 3 or #record ~= 7 then
    return answer({ 8, 0, 0 })
  end
  lease = record
  was = struct.pack('>BI6c0', 108, lease[L_EXPIRES], scope)
end
local holds = lease and at < lease[L_EXPIRES] and lease[HOLDER] ~= ''

-- Ends a verb that was granted, with the lease that it comes to.
local function granted(after)
  local version = M[LAST] + 1
  M[LAST] = version
  after[L_VERSION] = version
  local now = struct.pack('>BI6c0', 108, after[L_EXPIRES], scope)
  if now ~= was then
    if was then
      rems[#rems + 1] = was
    else
      M[LEASES] = M[LEASES] + 1
      adds[#adds + 1] = '0'
      adds[#adds + 1] = 'k' .. scope
    end
    adds[#adds + 1] = '0'
    adds[#adds + 1] = now
  end
  local bytes = cmsgpack.pack(after)
  sets[#sets + 1] = field
  sets[#sets + 1] = bytes
  -- An entry without a task: watchers pass it over.
  news[#news + 1] = version
  news[#news + 1] = ''
  if outs then
    outs[#outs + 1] = version
    outs[#outs + 1] = '\3' .. scope
  end
  return applied({ 6, 0, 0, bytes }, { scope, after[L_TOKEN] })
end

local function extend(millis)
  if millis ~= 0 then
    lease[L_DURATION] = millis
  end
  lease[L_EXPIRES] = at + lease[L_DURATION]
  return granted(lease)
end

local function lost()
  if not lease then
    return rejected(1, 'nobody has held this lease')
  end
  return rejected(6, 'the lease ran out or was taken over', false, raw)
end
