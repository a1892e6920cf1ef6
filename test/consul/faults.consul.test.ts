/** A deploy while Consul is down, slow, without a leader, answers with errors, or loses an answer. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, it } from 'vitest';
import { type ConsulLab, consulLab } from '../helpers/consul-lab.ts';
import { type Asked, type ConsulProxy, consulProxy, type Treatment } from './consul-proxy.ts';
import { type FaultMeta, type SiteUnderFault, siteUnderFault } from './site-under-fault.ts';

let dir: string;
let lab: ConsulLab;
let proxy: ConsulProxy;
let site: SiteUnderFault;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'octo-c-'));
  lab = await consulLab();
  proxy = await consulProxy(lab.address);
  site = await siteUnderFault(dir, { address: proxy.address, requestSeconds: 1, patienceSeconds: 3 });
});
afterAll(async () => {
  proxy?.treat(pass);
  await site?.host.dispose();
  await proxy?.close();
  await lab?.dispose();
  await rm(dir, { recursive: true, force: true });
});

const pass = (): Treatment => ({ kind: 'pass' });
const isPointer = ({ path, body }: Asked) =>
  path.startsWith('/v1/txn') && body.includes('"octohost-state/sites/shop"');
const noLeader: Treatment = { kind: 'answer', status: 500, text: 'No cluster leader' };

/** Once the pointer's transaction comes, this happens to the first so many requests, that one among them. */
function fromPointer(treatment: Treatment, requests = Number.POSITIVE_INFINITY) {
  return () => {
    let seen = 0;
    return (asked: Asked): Treatment => {
      if (seen === 0 && !isPointer(asked)) return { kind: 'pass' };
      return ++seen <= requests ? treatment : { kind: 'pass' };
    };
  };
}

/** The first at the pointer, all after it. */
function atPointerThen(first: Treatment, rest: Treatment) {
  return () => {
    let seen = 0;
    return (asked: Asked): Treatment => {
      if (seen === 0 && !isPointer(asked)) return { kind: 'pass' };
      return seen++ === 0 ? first : rest;
    };
  };
}

const always = (treatment: Treatment) => () => () => treatment;

interface Case {
  readonly fault: string;
  readonly treat: () => (asked: Asked) => Treatment;
  readonly expected: FaultMeta['outcome'];
}

it.for<Case>([
  { fault: 'down', treat: always({ kind: 'break' }), expected: 'was refused' },
  { fault: 'without a leader', treat: always(noLeader), expected: 'was refused' },
  {
    fault: '403 for everything',
    treat: always({ kind: 'answer', status: 403, text: 'Permission denied' }),
    expected: 'was refused',
  },
  { fault: 'slow', treat: always({ kind: 'late', ms: 50 }), expected: 'went through' },
  { fault: 'down from the pointer on', treat: fromPointer({ kind: 'break' }), expected: 'was refused' },
  {
    fault: 'down for a moment at the pointer',
    treat: fromPointer({ kind: 'break' }, 2),
    expected: 'went through',
  },
  {
    fault: 'without a leader for a moment at the pointer',
    treat: fromPointer(noLeader, 3),
    expected: 'went through',
  },
  {
    fault: '400 at the pointer',
    treat: fromPointer({ kind: 'answer', status: 400, text: 'Bad request' }, 1),
    expected: 'was refused',
  },
  {
    fault: 'too slow at the pointer',
    treat: fromPointer({ kind: 'late', ms: 1_500 }, 1),
    expected: 'went through',
  },
  {
    fault: "the pointer's answer lost",
    treat: fromPointer({ kind: 'lose answer' }, 1),
    expected: 'went through',
  },
  {
    fault: "the pointer's answer lost, then down",
    treat: atPointerThen({ kind: 'lose answer' }, { kind: 'break' }),
    expected: 'was refused',
  },
])(
  '$fault: sites go on, and the deploy ends one way or the other',
  async ({ fault, treat, expected }, { task }) => {
    const begin = async () => proxy.treat(treat());
    const end = async () => proxy.treat(pass);
    Object.assign(task.meta, { consul: await site.deployDuring(fault, { begin, end }, expected) });
  },
);
