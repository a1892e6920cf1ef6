/** What of a repository is a page, and the Dockerfile that serves the pages. Pure. */

/** The port at which every static site answers inside of its instance. */
const port = 8080;

/** The pages' folder in what is built; nothing that was pushed lies beside it. */
const pages = 'pages';

/** Files at the top that speak to octohost. */
const forTheEngine = ['CNAME', 'Procfile'];

/** Where a pushed file goes in what is built; undefined for one that is no page. */
export function pagePath(name: string, folder = ''): string | undefined {
  const path = name.replace(/^\.\//, '').replace(/\/$/, '');
  const below = folder === '' ? path : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : '';
  const hidden = below.split('/').some((part) => part.startsWith('.') && part !== '.well-known');
  if (below === '' || hidden || forTheEngine.includes(path)) return undefined;
  return `${pages}/${below}`;
}

/** @param image the base image, which has httpd */
export function dockerfileOf(image: string): string {
  return `FROM ${image}
COPY ${pages} /www
USER 65534:65534
EXPOSE ${port}
CMD ["httpd", "-f", "-p", "${port}", "-h", "/www"]
`;
}
