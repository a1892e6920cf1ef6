/** What can go wrong with a site's database. */
import { defineErrors, exitCodes } from 'octohost';

export const errors = defineErrors({
  E_MYSQL_OPTIONS: (f: { problems: string }) => ({
    message: `The options of the plugin mysql are wrong: ${f.problems}`,
    hint: 'Correct them in the configuration file: mysql({ host: "db.example.com" }).',
    exit: exitCodes.usage,
  }),
  E_MYSQL_PASSWORD: (f: { file: string; problem: string }) => ({
    message: `The password for the database server cannot be read from ${f.file}: ${f.problem}`,
    hint: 'Write it there, readable for the user git, or correct passwordFile.',
  }),
  E_MYSQL_SERVER: (f: { server: string; words: string }) => ({
    message: `The database server ${f.server} refused or did not answer: ${f.words}`,
    hint: 'Check host, username and password in the options of mysql; the guide of the plugin has the rights that it needs.',
    exit: exitCodes.unavailable,
  }),
  E_MYSQL_NAME: (f: { problem: string }) => ({
    message: `A name for the database server ${f.problem}.`,
    hint: 'Choose another one: up to 64 characters, none of them NUL, no space at the end.',
    exit: exitCodes.usage,
  }),
  E_MYSQL_TAKEN: (f: { what: string; server: string }) => ({
    message: `The ${f.what} on ${f.server} is there already, and was not made for this site by this installation.`,
    hint: 'Take it away or rename it there, or give the site its variables by hand with octo config:set.',
  }),
  E_MYSQL_OTHER: (f: { site: string; key: string }) => ({
    message: `${f.site} has a ${f.key} of another database.`,
    hint: `To replace it, type first: octo config:rm ${f.site}/${f.key}`,
  }),
  E_MYSQL_USED: (f: { site: string; other: string }) => ({
    message: `The database of the name ${f.site} is used by ${f.other}, which had that name or is a clone of it. Nothing was changed.`,
    hint: `Choose another name for the site; or give ${f.other} another database first: octo config:set ${f.other}/MYSQL_DATABASE=…`,
    exit: exitCodes.usage,
  }),
  E_MYSQL_NOT_CONFIRMED: (f: { site: string; asked: boolean }) => ({
    message: f.asked ? `The database of ${f.site} stays.` : 'Deleting the database was not confirmed.',
    hint: f.asked
      ? "Run it again and type the site's name, or add --yes."
      : `There is nobody to ask here: octo mysql:delete ${f.site} --yes`,
    exit: exitCodes.usage,
  }),
});
