/**
 * Live routes, in Lua: a part of the configuration's `http` block. How they are told of a change stands in live-routes.ts.
 * Hosts are looked up as a map of nginx's looks them up: the plain name, then its wildcards, the longest first; no domain
 * has more than 253 characters. An instance that failed is passed over for ten seconds, as nginx does with an upstream
 * block's; a request is tried again only where `proxy_next_upstream` lets nginx ask for another one.
 */
export const balancer = `lua_shared_dict octohost_routes 1m;
init_by_lua_block {
  octohost = {}
  local balancer = require "ngx.balancer"
  local told = ngx.shared.octohost_routes
  local served, hosts, sites, failed, turn = nil, {}, {}, {}, 0

  local function instancesIn(mode, text)
    local instances = { sticky = mode == "sticky" }
    for host, port in text:gmatch("(%S+):(%d+)") do
      instances[#instances + 1] = { host = host, port = tonumber(port), address = host .. ":" .. port }
    end
    return instances
  end

  local function read(key)
    local found = { hosts = {}, sites = {} }
    for line in io.lines("{{routesDir}}/" .. key) do
      local first, second, rest = line:match("^(%S+) (%S+) (.+)$")
      if first == "host" then found.hosts[second] = rest else found.sites[first] = instancesIn(second, rest) end
    end
    return found
  end

  function octohost.follow()
    local now = told:get("{{structure}}") or "{{generation}} {{table}}"
    if now == served then return end
    local ok, found = pcall(read, now:match("%S+$"))
    if not ok then return ngx.log(ngx.ERR, found) end
    served, hosts, sites, failed = now, found.hosts, found.sites, {}
  end

  function octohost.site()
    octohost.follow()
    local host = ngx.var.host
    if #host > 253 then return "unknown" end
    local found = hosts[host]
    while not found do
      host = host:match("^[^.]*%.(.+)$")
      if not host then return "unknown" end
      found = hosts["*." .. host]
    end
    return found
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
