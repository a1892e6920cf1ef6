/**
 * The balancer of live routes, in Lua: a part of the configuration's `http` block. How it is told of a change stands in
 * live-routes.ts. An instance that failed is passed over for ten seconds, as nginx does
 * with an upstream block's; a request is tried again only where `proxy_next_upstream` lets nginx ask for another one.
 */
export const balancer = `lua_shared_dict octohost_routes 1m;
init_by_lua_block {
  octohost = {}
  local balancer = require "ngx.balancer"
  local told = ngx.shared.octohost_routes
  local served, sites, failed, turn = nil, {}, {}, 0

  local function read(key)
    local found = {}
    for line in io.lines("{{routesDir}}/" .. key) do
      local name, mode, rest = line:match("^(%S+) (%S+) (.+)$")
      local instances = { sticky = mode == "sticky" }
      for host, port in rest:gmatch("(%S+):(%d+)") do
        instances[#instances + 1] = { host = host, port = tonumber(port), address = host .. ":" .. port }
      end
      found[name] = instances
    end
    return found
  end

  function octohost.follow()
    local now = told:get("{{structure}}") or "{{generation}} {{table}}"
    if now == served then return end
    local ok, found = pcall(read, now:match("%S+$"))
    if not ok then return ngx.log(ngx.ERR, found) end
    served, sites, failed = now, found, {}
  end

  local function choose(instances, tried)
    local first = turn
    if instances.sticky then first = ngx.crc32_short(ngx.var.remote_addr) else turn = turn + 1 end
    local second
    for step = 0, #instances - 1 do
      local instance = instances[(first + step) % #instances + 1]
      if not tried[instance.address] then
        if (failed[instance.address] or 0) < ngx.now() then return instance end
        second = second or instance
      end
    end
    return second
  end

  function octohost.balance()
    octohost.follow()
    local instances = sites[ngx.var.octohost_site]
    if not instances then return ngx.exit(503) end
    local tried = ngx.ctx.octohost_tried
    if not tried then
      tried = {}
      ngx.ctx.octohost_tried = tried
      balancer.set_more_tries(#instances - 1)
    elseif balancer.get_last_failure() == "failed" then
      failed[tried.last] = ngx.now() + 10
    end
    local chosen = choose(instances, tried) or instances[1]
    tried[chosen.address], tried.last = true, chosen.address
    balancer.set_current_peer(chosen.host, chosen.port)
  end

  function octohost.reread()
    for line in io.lines("{{conf}}") do
      local structure, routes = line:match("^# routes: (%x+) (%x+ %x+)$")
      if structure then return told:set(structure, routes) end
    end
  end

  function octohost.generation()
    octohost.follow()
    ngx.say(served and served:match("^%x+"))
  end
}
init_worker_by_lua_block {
  octohost.follow()
}
upstream octohost {
  server 0.0.0.1;
  balancer_by_lua_block {
    octohost.balance()
  }
}
`;
