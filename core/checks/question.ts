/** What is asked of one instance, and how. */
import { messageOf } from '../errors.ts';
import type { Instance } from '../release.ts';
import type { Runtime } from '../roles.ts';
import { askHttp, httpQuestion } from './ask-http.ts';
import { askTcp } from './ask-tcp.ts';
import type { Check } from './choose.ts';
import type { Answer } from './judge.ts';
import { hostPlace, ownPlace, type Place } from './place.ts';

/** A question that can be put again and again. */
export interface Question {
  /** In words. */
  readonly text: string;
  /** @param limitMs how long an answer may take; a command has until then, whatever else is asked */
  ask(limitMs: number, signal: AbortSignal): Promise<Answer>;
}

export interface Questioned {
  readonly instance: Instance;
  readonly runtime: Runtime;
  /** The name that the site is asked for by, as by the router. */
  readonly host: string | undefined;
}

/** One that does not answer within this time is asked anew: the first connection may have come too early. */
const probeLimitMs = 10_000;

/** Undefined where nothing is asked. */
export async function questionOf(check: Check, of: Questioned): Promise<Question | undefined> {
  if (check.kind === 'up') return undefined;
  if (check.kind === 'healthcheck') return { text: "the image's HEALTHCHECK", ask: () => askHealth(of) };
  if (check.kind === 'command') return commandQuestion(check.command, of);
  return check.kind === 'http' ? httpQuestionOf(check, of) : tcpQuestion(check.ports, of);
}

/** At the host's port, the way that requests will come; at its own address where it is a port that nobody else asks. */
async function httpQuestionOf(check: Check & { readonly kind: 'http' }, of: Questioned): Promise<Question> {
  const { instance, host } = of;
  const place = hostPlace(instance, check.port) ?? ownPlace(await addressOf(of), check.port);
  if (!place) return unreachable([check.port]);
  return {
    text: httpQuestion({ place, check }),
    ask: (limitMs, signal) =>
      askHttp({ place, check, host, limitMs: Math.min(limitMs, probeLimitMs), signal }),
  };
}

/** At its own address where that is known: at the host's ports the engine accepts for the dead. */
async function tcpQuestion(ports: readonly number[], of: Questioned): Promise<Question> {
  const { instance } = of;
  const address = await addressOf(of);
  const found = ports.map((port) => ownPlace(address, port) ?? hostPlace(instance, port));
  const places = found.filter((place): place is Place => place !== undefined);
  if (places.length === 0) return unreachable(ports);
  const at = places.map((place) => `${place.address}:${place.port}`).join(' or ');
  return {
    text: `a connection to port ${ports.join(' or ')} of the container (${at})`,
    ask: (limitMs, signal) => askTcp(places, Math.min(limitMs, probeLimitMs), signal),
  };
}

async function addressOf({ instance, runtime }: Questioned): Promise<string | undefined> {
  return (await runtime.inspect(instance))?.address;
}

function unreachable(ports: readonly number[]): Question {
  const text = `port ${ports.join(' or ')} is not exposed, and cannot be reached from here without`;
  return {
    text: `port ${ports.join(' or ')} of the container`,
    ask: async () => ({ is: 'impossible', text }),
  };
}

async function askHealth({ instance, runtime }: Questioned): Promise<Answer> {
  const state = await runtime.inspect(instance);
  if (!state?.health) return { is: 'impossible', text: 'the image has no HEALTHCHECK' };
  const { status, lines } = state.health;
  const is = ({ healthy: 'good', unhealthy: 'wrong', starting: 'none' } as const)[status];
  return { is, text: status, lines };
}

function commandQuestion(command: readonly string[], { instance, runtime }: Questioned): Question {
  return {
    // As it is, without quotes of ours: what is secret in it has to be found again.
    text: `the command ${command.join(' ')} in the container`,
    async ask(limitMs, signal) {
      const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
      try {
        const { exitCode, lines } = await runtime.exec(instance, command, limit);
        return { is: exitCode === 0 ? 'good' : 'wrong', text: `exit code ${exitCode}`, lines };
      } catch (error) {
        return { is: 'none', text: limit.aborted ? `not done within ${limitMs} ms` : messageOf(error) };
      }
    },
  };
}
