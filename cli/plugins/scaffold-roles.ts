/** The files of a new provider of a role: all of its methods, each handed on, and the role's contract suite. Pure. */
import type { RoleName } from '../../core/index.ts';

/** The members of a role, each with the parameters of the method; undefined for a value. */
type Members = Readonly<Record<string, string | undefined>>;

interface RoleTemplate {
  readonly members: Members;
  /** A member that a provider may lack. */
  readonly optional?: string;
  /** What else of the suite's fixture is a provider: made of the fixture's own. */
  readonly fixture?: readonly string[];
}

/** The registrar is not among them: it begins as one that keeps its entries in the store. */
export type WrappedRole = Exclude<RoleName, 'registrar'>;

const templates: { readonly [Role in WrappedRole]: RoleTemplate } = {
  builder: {
    members: {
      builds: undefined,
      accepts: 'source',
      declares: 'source',
      build: 'request, context',
      has: 'image',
      discard: 'image',
      list: 'site',
    },
    optional: 'transfer',
  },
  runtime: {
    members: {
      guardedPaths: undefined,
      start: 'request, context',
      keep: 'instance',
      rename: 'instance, name',
      run: 'request, context',
      tasks: 'site',
      inspect: 'instance',
      foreign: '',
      list: 'site',
      exec: 'instance, command, signal',
      runAttended: 'request, streams, options, context',
      execAttended: 'instance, command, streams, signal',
      stop: 'instance, options',
      logs: 'instance, options, signal',
      watch: 'signal',
      volumes: 'site',
      removeVolume: 'name',
    },
    fixture: ['another: createRuntime(fixture.another)'],
  },
  store: {
    members: {
      get: 'key',
      list: 'prefix',
      unusable: 'prefix',
      transact: 'operations',
      watch: 'prefix, signal',
      close: '',
    },
    fixture: ['reopen: async () => createStore(await fixture.reopen())'],
  },
  router: {
    members: {
      render: 'routes',
      prepare: 'routes, context',
      apply: 'prepared, context',
      drained: 'addresses, signal',
      serves: '',
      isInForce: 'prepared',
    },
  },
  publisher: { members: { publish: 'release, context', pull: 'site, reference, context' } },
};

export function roleFiles(
  role: WrappedRole,
  { name, api }: { name: string; api: string },
): Record<string, string> {
  const type = `${role[0]?.toUpperCase()}${role.slice(1)}`;
  const { members, optional, fixture = [] } = templates[role];
  const lines = Object.entries(members).map(([member, parameters]) =>
    parameters === undefined
      ? `    ${member}: inner.${member},`
      : `    ${member}: (${parameters}) => inner.${member}(${parameters}),`,
  );
  return {
    'src/index.ts': `import { definePlugin } from 'octohost';
import { memory${type} } from 'octohost/testing';
import { create${type} } from './${role}.ts';

export default function create() {
  return definePlugin({
    name: '${name}',
    api: '^${api}',
    setup({ provide }) {
      provide('${role}', create${type}(memory${type}()));
    },
  });
}
`,
    [`src/${role}.ts`]: `import type { ${type} } from 'octohost';

/** Hands everything on to another ${role}: replace it, method by method, by what yours does. */
export function create${type}(inner: ${type}): ${type} {
  return {
${[...lines, ...(optional ? [`    ...(inner.${optional} ? { ${optional}: inner.${optional} } : {}),`] : [])].join('\n')}
  };
}
`,
    [`test/${role}.test.ts`]: `import { ${role}Contract, ${role}Fixture } from 'octohost/testing';
import { create${type} } from '../src/${role}.ts';

// What the suite needs to see of the ${role} in memory; yours brings its own.
${role}Contract('${name}', async () => {
  const fixture = await ${role}Fixture();
  return { ${['...fixture', `${role}: create${type}(fixture.${role})`, ...fixture].join(', ')} };
});
`,
  };
}
