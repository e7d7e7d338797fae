-- Walks over ranges of the index, one or several at once, in the order of the bytes behind their prefixes.
local function isBefore(one, other)
  for i = 1, math.min(#one, #other) do
    local a, b = string.byte(one, i), string.byte(other, i)
    if a ~= b then
      return a < b
    end
  end
  return #one < #other
end

-- The entries with this prefix from low on (or, backwards, from high down); both are what follows the prefix.
local function walkOver(prefix, low, high, size, isBackwards)
  return {
    prefix = prefix,
    low = '[' .. prefix .. low,
    high = '(' .. (high and prefix .. high or string.sub(prefix, 1, -2) .. string.char(string.byte(prefix, -1) + 1)),
    size = size,
    isBackwards = isBackwards,
    found = {},
    i = 1,
  }
end

-- The walk's next entry, or nil at its end.
local function peek(walk)
  if walk.i > #walk.found and not walk.isEnded then
    local found
    if walk.isBackwards then
      found = redis.call('ZREVRANGEBYLEX', Z, walk.high, walk.low, 'LIMIT', 0, walk.size)
    else
      found = redis.call('ZRANGEBYLEX', Z, walk.low, walk.high, 'LIMIT', 0, walk.size)
    end
    walk.found, walk.i = found, 1
    if #found < walk.size then
      walk.isEnded = true
    elseif walk.isBackwards then
      walk.high = '(' .. found[#found]
    else
      walk.low = '(' .. found[#found]
    end
  end
  return walk.found[walk.i]
end

-- Of several walks the one whose next entry comes first, and what of that entry follows the prefix. look may pass
-- entries over.
local function first(walks, look)
  local best, bestKey
  for i = 1, #walks do
    local walk = walks[i]
    local entry = look(walk)
    if entry then
      local key = string.sub(entry, #walk.prefix + 1)
      if not best or (walk.isBackwards and isBefore(bestKey, key) or not walk.isBackwards and isBefore(key, bestKey)) then
        best, bestKey = walk, key
      end
    end
  end
  return best, bestKey
end
