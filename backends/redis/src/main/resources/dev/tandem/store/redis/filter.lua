-- Whether a record fits what the index does not tell.
-- states, queues, kinds: lists, empty for any. node: empty for any. labels: name, value, name, value..
local function filterOf(states, queues, kinds, node, labels)
  local function setOf(list)
    local set = #list > 0 and {}
    for i = 1, #list do
      set[list[i]] = true
    end
    return set
  end
  local stateSet, queueSet, kindSet = setOf(states), setOf(queues), setOf(kinds)
  return function(r)
    if stateSet and not stateSet[r[STATE]]
      or queueSet and not queueSet[r[QUEUE]]
      or kindSet and not kindSet[r[KIND]] then
      return false
    end
    if node ~= '' then
      local isThere = false
      for i = 1, r[PARTS] and #r[PARTS] or 0, 6 do
        isThere = isThere or r[PARTS][i] == node
      end
      if not isThere then
        return false
      end
    end
    if #labels > 0 then
      local has = {}
      for i = 1, r[LABELS] and #r[LABELS] or 0, 2 do
        has[r[LABELS][i]] = r[LABELS][i + 1]
      end
      for i = 1, #labels, 2 do
        if has[labels[i]] ~= labels[i + 1] then
          return false
        end
      end
    end
    return true
  end
end
