/**
 * The configuration's text, for mustache with escaping off; its view is ConfView in nginx-conf.ts.
 *
 * What is at http level also holds for the operator's own hosts; what is in the server of the sites does not.
 * - Many plain sites live in one map: 5,000 reload in under 0.1 s, where a server block each takes 6 s.
 * - What a client says of itself (X-Forwarded-*, Forwarded, X-Real-IP, X-Request-Id, Proxy) is overwritten, never
 *   passed on. `$host` decides the site and is what the site sees, so the two cannot differ.
 * - Only a WebSocket upgrade is passed on; `h2c` would tunnel past the router.
 * - Connections to instances are not kept: one that an instance closes while a POST leaves cannot be retried.
 * - proxy_buffers are not used while buffering is off, but nginx checks them against proxy_buffer_size.
 */
export const template = `# Written by octohost: replaced whenever routes change. Own virtual hosts belong in {{operatorDir}}.
# operator's files: {{operatorKey}}
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
  large_client_header_buffers 4 32k;
  server_names_hash_bucket_size 512;
  variables_hash_max_size 2048;
  map_hash_bucket_size 512;
  map_hash_max_size {{mapSize}};

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
  map $host $octohost_upstream {
    hostnames;
    default unknown;
{{#domains}}
    {{name}} {{target}};
{{/domains}}
  }
{{#pools}}
  upstream {{name}} {
    ip_hash;
{{#servers}}
    server {{endpoint}};
{{/servers}}
  }
{{/pools}}

  server {
    listen {{statusSocket}};
    default_type text/plain;
    location = /generation {
      return 200 "{{generation}}\\n";
    }
    location = /worker {
      return 200 "$pid\\n";
    }
    location / {
      return 404 "";
    }
  }

  server {
    listen {{listen}} default_server{{#bothFamilies}} ipv6only=off{{/bothFamilies}};
    server_name _;
    default_type text/plain;
    charset utf-8;
    client_max_body_size {{maxBodySize}};
    client_body_buffer_size 64k;
    gzip on;
    gzip_vary on;
    gzip_proxied any;
    gzip_min_length 512;
    gzip_types text/plain text/css text/xml text/javascript application/javascript application/json application/manifest+json application/xml application/rss+xml application/atom+xml application/wasm image/svg+xml;

    if ($octohost_upstream = unknown) {
      return 404 "No site answers at this host name.\\n";
    }
    if ($octohost_upstream = empty) {
      return 503 "This site has no running instance.\\n";
    }

    location / {
      proxy_pass http://$octohost_upstream;
      proxy_http_version 1.1;
      proxy_set_header Host $host$octohost_port;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host$octohost_port;
      proxy_set_header X-Forwarded-Port $server_port;
      proxy_set_header X-Request-Id $request_id;
      proxy_set_header Forwarded "";
      proxy_set_header Proxy "";
      proxy_set_header Upgrade $octohost_upgrade;
      proxy_set_header Connection $octohost_connection;
      proxy_redirect off;
      proxy_buffering off;
      proxy_buffer_size 32k;
      proxy_buffers 8 32k;
      proxy_connect_timeout 5s;
      proxy_send_timeout 3600s;
      proxy_read_timeout 3600s;
      proxy_next_upstream error timeout;
      proxy_next_upstream_timeout 10s;
      proxy_next_upstream_tries 3;
    }
  }

  include {{operatorDir}}/*.conf;
}
`;
