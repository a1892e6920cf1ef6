/**
 * Run by `node --build-snapshot`, which takes one file of CommonJS: loads the built program, named as the first word, so
 * that its heap can be kept.
 */
const EventEmitter = require('node:events');
const { readFileSync } = require('node:fs');
const { Script, constants } = require('node:vm');

const file = require('node:path').resolve(process.argv[2]);

// Where the snapshot runs, modules are looked for beside the program.
const beside = () => process.getBuiltinModule('node:module').createRequire(process.argv[1]);
const load = (name) => process.getBuiltinModule(name) ?? beside()(name);
load.resolve = (name, options) => beside().resolve(name, options);
Object.defineProperty(load, 'cache', { get: () => beside().cache });

// Streams of the process that builds must not be kept, and what a module asks of them while it loads is of no use.
const outputs = Object.getOwnPropertyDescriptors(process);
for (const name of ['stdout', 'stderr'])
  Object.defineProperty(process, name, { configurable: true, value: new EventEmitter() });

const text = `(function (require, module, exports, __filename) { ${readFileSync(file, 'utf8')}\n})`;
// Without the loader an import() of the program's would have none.
const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
// A stack names the file alone: it may lie elsewhere by then.
new Script(text, { filename: 'octo.cjs', importModuleDynamically }).runInThisContext()(
  load,
  { exports: {} },
  {},
  file,
);

for (const name of ['stdout', 'stderr']) Object.defineProperty(process, name, outputs[name]);
