/**
 * Run by `node --build-snapshot`, which takes one file of CommonJS: loads the built program, named as the first word, so
 * that its heap can be kept. Where it comes without its packages, the second word names them.
 */
const EventEmitter = require('node:events');
const { readFileSync } = require('node:fs');
const { basename, resolve } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { Script, constants } = require('node:vm');

const [program, packages] = process.argv.slice(2).map((name) => resolve(name));
let held = {};

// Where the snapshot runs, modules are looked for beside the program.
const beside = () => process.getBuiltinModule('node:module').createRequire(process.argv[1]);
const load = (name) => held[name]?.() ?? process.getBuiltinModule(name) ?? beside()(name);
load.resolve = (name, options) => beside().resolve(name, options);
Object.defineProperty(load, 'cache', { get: () => beside().cache });

function run(file) {
  const text = `(function (require, module, exports, __filename) { ${readFileSync(file, 'utf8')}\n})`;
  // Without the loader an import() of the program's would have none.
  const importModuleDynamically = constants.USE_MAIN_CONTEXT_DEFAULT_LOADER;
  // A stack names the file alone: it may lie elsewhere by then.
  const script = new Script(text, { filename: basename(file), importModuleDynamically });
  const module = { exports: {} };
  script.runInThisContext()(load, module, module.exports, file);
  return module.exports;
}

// Streams of the process that builds must not be kept, and what a module asks of them while it loads is of no use.
const outputs = Object.getOwnPropertyDescriptors(process);
for (const name of ['stdout', 'stderr'])
  Object.defineProperty(process, name, { configurable: true, value: new EventEmitter() });

if (packages) {
  held = run(packages);
  // Of a program without its packages most functions are used: they are compiled now, and not when each is called.
  setFlagsFromString('--no-lazy');
}
run(program);
setFlagsFromString('--lazy');

for (const name of ['stdout', 'stderr']) Object.defineProperty(process, name, outputs[name]);
