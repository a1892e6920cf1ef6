/** The commands of the original octohost, as its users typed them. */
export const original: readonly string[] = `
  status clean start stop restart reload remove remove:config push pull
  config config:set config:get config:rm config:export config:env config:options config:check
  domains:set domains:get service:set service:rm service:tags
  services services:catalog services:register services:clear services:remove
  move:sites move:config logs logspout consul:reset update version help
`
  .trim()
  .split(/\s+/);
