/**
 * The configuration's text, for mustache with escaping off; its view is ConfView in nginx-conf.ts.
 *
 * What is at http level also holds for the operator's own hosts; what is in the server of the sites does not.
 * - Many plain sites live in one map: 5,000 reload in under 0.1 s, where a server block each takes 6 s; with live routes
 *   they are in the table. A site with a file of its own is in the map in any case: the file is the same whichever
 *   instances serve.
 * - proxy_buffers are not used while buffering is off, but nginx checks them against proxy_buffer_size.
 */
export const template = `# Written by octohost: replaced whenever routes change. Own virtual hosts belong in {{operatorDir}}.
{{#live}}
# routes: {{structure}} {{generation}} {{table}}
{{#modules}}
load_module {{file}};
{{/modules}}
{{/live}}
{{#workerUser}}
user {{workerUser}};
{{/workerUser}}
worker_processes {{workerProcesses}};
worker_rlimit_nofile 16384;
worker_shutdown_timeout {{workerShutdownSeconds}}s;
pid {{pidFile}};
error_log {{errorLog}} warn;
events {
  worker_connections 8192;
}
http {
  server_tokens off;
  access_log off;
  sendfile on;
  default_type application/octet-stream;
  client_body_temp_path {{tempDir}}/client_body;
  proxy_temp_path {{tempDir}}/proxy;
  fastcgi_temp_path {{tempDir}}/fastcgi;
  uwsgi_temp_path {{tempDir}}/uwsgi;
  scgi_temp_path {{tempDir}}/scgi;
  large_client_header_buffers 4 {{maxHeaderSize}};
  server_names_hash_bucket_size 512;
  server_names_hash_max_size {{mapSize}};
  variables_hash_max_size 2048;
  map_hash_bucket_size 512;
  map_hash_max_size {{mapSize}};
{{#https}}
  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_session_cache shared:octohost:10m;
  ssl_session_timeout 1h;
{{#http2Directive}}
  http2 on;
{{/http2Directive}}
{{#certificate}}
  ssl_certificate {{file}};
  ssl_certificate_key {{file}};
{{/certificate}}
{{/https}}

  map $http_upgrade $octohost_upgrade {
    default "";
    "~*^websocket$" websocket;
  }
  map $octohost_upgrade $octohost_connection {
    default "";
    websocket upgrade;
  }
  map $http_host $octohost_port {
    default "";
    "~(?<octohost_port_given>:[0-9]+)$" $octohost_port_given;
  }
  map $http_x_request_id $octohost_request_id {
    default $request_id;
    "~^[A-Za-z0-9._-]{1,128}$" $http_x_request_id;
  }
  map $host {{#live}}$octohost_site{{/live}}{{^live}}$octohost_upstream{{/live}} {
    hostnames;
    default {{#live}}$octohost_told{{/live}}{{^live}}unknown{{/live}};
{{#domains}}
    {{name}} {{target}};
{{/domains}}
  }
{{#live}}
  map $octohost_site $octohost_upstream {
    default octohost;
    "" unknown;
    unknown unknown;
    empty empty;
    refused refused;
    maintenance maintenance;
  }
  {{> balancer}}
{{/live}}
{{#pools}}
  upstream {{name}} {
{{#sticky}}
    ip_hash;
{{/sticky}}
{{#servers}}
    server {{endpoint}};
{{/servers}}
  }
{{/pools}}

  server {
    listen {{statusSocket}};
    default_type text/plain;
{{#live}}
    location = /structure {
      return 200 "{{structure}}\\n";
    }
    location = /generation {
      content_by_lua_block {
        octohost.generation()
      }
    }
    location = /reread {
      content_by_lua_block {
        octohost.reread()
      }
    }
{{/live}}
{{^live}}
    location = /generation {
      return 200 "{{generation}}\\n";
    }
{{/live}}
    location = /worker {
      return 200 "$pid\\n";
    }
    location / {
      return 404 "";
    }
  }

  server {
{{#http}}
    listen {{endpoint}} default_server;
{{/http}}
{{#certificate}}
{{#https}}
    listen {{endpoint}} {{parameters}} default_server;
{{/https}}
{{/certificate}}
    server_name _;
{{#live}}
    set_by_lua_block $octohost_told {
      return octohost.site()
    }
{{/live}}
    {{> limits}}
    if ($octohost_upstream = unknown) {
      return 404 "No site answers at this host name.\\n";
    }
    if ($octohost_upstream = refused) {
      return 503 "The configuration of this site cannot be used.\\n";
    }
    {{> site}}
  }
{{^certificate}}
{{#rejecting}}
  server {
{{#https}}
    listen {{endpoint}} {{parameters}} default_server;
{{/https}}
    server_name _;
    ssl_reject_handshake on;
    default_type text/plain;
    return 421 "No site answers by https at this host name.\\n";
  }
{{/rejecting}}
{{/certificate}}
{{#siteFiles}}
  include {{file}};
{{/siteFiles}}
{{#ownFiles}}
  include {{file}}; # {{key}}
{{/ownFiles}}
}
`;
