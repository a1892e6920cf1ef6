/**
 * The part of one site, for mustache with escaping off; the values are SiteView in site-conf.ts. What the operator's
 * own templates may use, these partials included, is told in README.md.
 *
 * - What a client says of itself (X-Forwarded-*, Forwarded, X-Real-IP, Proxy) is overwritten, never passed on; a
 *   request id is, where it looks like one. `$host` decides the site and is what the site sees: they cannot differ.
 * - Only a WebSocket upgrade is passed on; `h2c` would tunnel past the router.
 * - Connections to instances are not kept: one that an instance closes while a POST leaves cannot be retried.
 */
export const siteTemplate = `{{> redirect}}
server {
  {{> server}}
  {{> site}}
}
`;

/** All requests of a site go to its instances; before a reload their connections are closed with the answer. */
const site = `if (-f {{closing}}) {
  return 418;
}
error_page 418 = @octohost_closing;
location / {
  {{> proxy}}
}
location @octohost_closing {
  keepalive_timeout 0;
  {{> proxy}}
}
`;

/** Sends plain HTTP on to https, where the site wants that. */
const redirect = `{{#httpsOnly}}
server {
{{#http}}
  listen {{endpoint}};
{{/http}}
  server_name {{names}};
  return 301 https://$host{{httpsSuffix}}$request_uri;
}
{{/httpsOnly}}
`;

/** Where the site listens, its names, its certificate, its limits. */
const server = `{{^httpsOnly}}
{{#http}}
listen {{endpoint}};
{{/http}}
{{/httpsOnly}}
{{#https}}
listen {{endpoint}} {{parameters}};
{{/https}}
server_name {{names}};
{{#certificate}}
ssl_certificate {{file}};
ssl_certificate_key {{file}};
{{/certificate}}
{{> limits}}
`;

/** What visitors of a site in maintenance see. No quote, $ or backslash: it stands in nginx's double quotes. */
const maintenancePage = [
  '<!doctype html><html lang=en><meta name=viewport content=width=device-width><title>Maintenance</title>',
  '<body style=font-family:sans-serif;margin:4em>',
  '<h1>Back soon</h1><p>This site is being worked on. Please try again in a few minutes.</p></body></html>',
].join('');

/** What holds for all of a site's requests, whoever answers them. */
const limits = `default_type text/plain;
charset utf-8;
client_max_body_size {{maxBodySize}};
client_body_buffer_size 64k;
{{#gzip}}
gzip on;
gzip_vary on;
gzip_proxied any;
gzip_min_length 512;
gzip_types text/plain text/css text/xml text/javascript application/javascript application/json application/manifest+json application/xml application/rss+xml application/atom+xml application/wasm image/svg+xml;
{{/gzip}}
if ($octohost_upstream = maintenance) {
  return 419;
}
error_page 419 = @octohost_maintenance;
location @octohost_maintenance {
  keepalive_timeout 0;
  default_type text/html;
  add_header Retry-After 120 always;
  add_header Cache-Control no-store always;
  return 503 "${maintenancePage}";
}
if ($octohost_upstream = empty) {
  return 503 "This site has no running instance.\\n";
}
`;

/** Leads a location's requests to the site's instances. */
const proxy = `proxy_pass http://$octohost_upstream;
proxy_http_version 1.1;
proxy_set_header Host $host$octohost_port;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $remote_addr;
proxy_set_header X-Forwarded-Proto $scheme;
proxy_set_header X-Forwarded-Host $host$octohost_port;
proxy_set_header X-Forwarded-Port $server_port;
proxy_set_header X-Request-Id $octohost_request_id;
proxy_set_header Forwarded "";
proxy_set_header Proxy "";
proxy_set_header Upgrade $octohost_upgrade;
proxy_set_header Connection $octohost_connection;
proxy_redirect off;
proxy_buffering {{buffering}};
proxy_buffer_size {{maxHeaderSize}};
proxy_buffers 8 {{maxHeaderSize}};
proxy_connect_timeout 5s;
proxy_send_timeout {{timeoutSeconds}}s;
proxy_read_timeout {{timeoutSeconds}}s;
proxy_next_upstream error timeout;
proxy_next_upstream_timeout 10s;
proxy_next_upstream_tries 3;
`;

export const partials = { redirect, server, limits, site, proxy } as const;
