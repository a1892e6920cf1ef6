/** What can go wrong with Consul. No text has a token, nor the value of a key. */
import { defineErrors, exitCodes } from '../../core/index.ts';

export const errors = defineErrors({
  E_CONSUL_OPTIONS: (f: { problems: string }) => ({
    message: `The options of consul are wrong: ${f.problems}.`,
    hint: 'Correct them in octohost.config.ts; plugins/consul/README.md lists all.',
    exit: exitCodes.usage,
  }),
  E_CONSUL_SECRET: (f: { file: string; problem: string }) => ({
    message: `${f.file}, which consul needs, cannot be used: ${f.problem}.`,
    hint: `The user that octohost runs as has to read it: ls -l ${f.file}; the options token, tokenFile and tls name the files.`,
    exit: exitCodes.usage,
  }),
  E_CONSUL_UNAVAILABLE: (f: { address: string; what: string; problem: string }) => ({
    message: `Consul at ${f.address} did not ${f.what}: ${f.problem}.`,
    hint: `Sites go on serving. See how it is: curl ${f.address}/v1/status/leader (a leader's address is what it should say), then run the command again.`,
    exit: exitCodes.unavailable,
  }),
  E_CONSUL_UNANSWERED: (f: { address: string; problem: string }) => ({
    message: `Consul at ${f.address} was asked to write and never answered (${f.problem}): whether it was written is not known.`,
    hint: 'Once Consul answers, octo status says what is current, and octo converge completes it.',
    exit: exitCodes.unavailable,
  }),
  E_CONSUL_CLOSED: (f: { address: string }) => ({
    message: `The store in Consul at ${f.address} was used after it was closed.`,
    hint: 'This is a mistake in a plugin: it goes on working after the command has ended.',
  }),
  E_CONSUL_REFUSED: (f: { address: string; what: string; problem: string }) => ({
    message: `Consul at ${f.address} refused to ${f.what}: ${f.problem}.`,
    hint: 'The token (token, tokenFile or OCTO_CONSUL_TOKEN) needs the rules that plugins/consul/README.md lists.',
    exit: exitCodes.noPermission,
  }),
  E_CONSUL_ANSWER: (f: { address: string; what: string; problem: string }) => ({
    message: `What ${f.address} answered when asked to ${f.what} is not Consul's: ${f.problem}.`,
    hint: `Compare the option address (http or https, host, port) with what answers there: curl -i ${f.address}/v1/agent/self.`,
    exit: exitCodes.unavailable,
  }),
  E_CONSUL_TLS: (f: { address: string; problem: string }) => ({
    message: `The TLS connection to ${f.address} failed: ${f.problem}.`,
    hint: 'The option address says http or https as the port speaks it; tls.ca is the authority that signed its certificate, which has to name the host of the address.',
    exit: exitCodes.unavailable,
  }),
  E_CONSUL_LIMIT: (f: { operations: number; most: number }) => ({
    message: `This change has ${f.operations} keys, and Consul writes at most ${f.most} at once. Nothing was written.`,
    hint: 'Push fewer branches at once, or set fewer domains at once.',
    exit: exitCodes.usage,
  }),
  E_CONSUL_VALUE: (f: { key: string; problem: string }) => ({
    message: `The value of ${f.key} in Consul cannot be used: it ${f.problem}.`,
    hint: `See it with consul kv get ${f.key}; write it again, or take it away with consul kv delete ${f.key}.`,
  }),
  E_CONSUL_FOREIGN: (f: { id: string }) => ({
    message: `Consul has a service ${f.id} that this octohost did not register; it was left as it is.`,
    hint: 'Whoever registered it has to give it another id, or deregister it; octohost never does.',
  }),
  E_CONSUL_AGENT: (f: { id: string; agent: string }) => ({
    message: `The service ${f.id} was registered at the agent ${f.agent}, which the options do not name.`,
    hint: `Add '${f.agent}' to the option agents of consul, so that it may be asked (it is given the token).`,
    exit: exitCodes.usage,
  }),
});
