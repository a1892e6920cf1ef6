/**
 * The configuration that octohost runs with when nobody names another: everything on this one machine. For your own,
 * copy it to /etc/octohost/octohost.config.ts, or name a file with --config or OCTOHOST_CONFIG. `octohost` always means
 * the program that reads it, wherever the file lies. cli/README.md says more.
 */
import { defineConfig } from 'octohost';
import { dockerRuntime } from 'octohost/plugins/docker-runtime';
import { dockerfileBuilder } from 'octohost/plugins/dockerfile-builder';
import { embeddedRegistrar } from 'octohost/plugins/embedded-registrar';
import { embeddedStore } from 'octohost/plugins/embedded-store';
import { imageBuilder } from 'octohost/plugins/image-builder';
import { nginxRouter } from 'octohost/plugins/nginx-router';

export default defineConfig({
  // A site `app` answers at http://app.localhost, which every browser takes for this machine.
  domainSuffix: 'localhost',
  dataDir: '/var/lib/octohost',
  // Everything runs as this user; a command started by root becomes it first.
  user: 'git',
  // Every address of this machine, IPv4 and IPv6.
  http: { address: '::', port: 80 },
  // The certificate of sites without one of their own:
  // https: { certificate: '/etc/tls/all.pem', key: '/etc/tls/all.key' },
  // nginx leads to the instances; nobody else reaches them.
  instances: { address: '127.0.0.1', ports: [20_000, 29_999] },
  // How many releases of each site can be gone back to; older images are freed.
  releases: { keep: 5 },
  // Who does what. The order is the order in which their taps run.
  plugins: [
    // Both together in Consul instead: consul({ address: 'http://127.0.0.1:8500' }).
    embeddedStore(),
    embeddedRegistrar(),
    dockerfileBuilder(),
    imageBuilder(),
    dockerRuntime(),
    nginxRouter(),
    // Pushes what serves to an image registry:
    // registryPublisher({ registry: 'registry.example.com' }),
  ],
});
